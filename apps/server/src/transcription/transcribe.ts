import { intersect, planUtterances, totalMs, type Span } from '../audio/index.ts';
import type { ProviderError } from '../base/index.ts';
import { hearAll, type Answer } from './hear-all.ts';
import type { TranscriberPool } from './pool.ts';
import type { HearingHints, HeardUtterance, Transcriber } from './ports.ts';

/** Pauses up to this long stay within a stretch for an engine that tells when each word was said. */
const wholeStretchPauseMs = 5000;

export interface SpeechToTranscribe {
  /** Where speech was heard, in order, on a timeline of the caller's. */
  readonly regions: readonly Span[];
  /** The sound of a stretch of that timeline: 16 kHz, mono, s16le. */
  readonly readPcm: (span: Span) => Promise<Uint8Array>;
  readonly hints: HearingHints;
  readonly pool: Pick<
    TranscriberPool,
    'choose' | 'reportFailure' | 'reportSuccess' | 'reportAbandoned'
  >;
  readonly signal: AbortSignal;
}

/**
 * What came of it. `provider` and `model` are the names of the engines that answered, joined with `+`
 * when one had to take over from another.
 */
export type TranscriptionOutcome =
  | {
      readonly kind: 'words';
      readonly provider: string;
      readonly model: string;
      /** In time order, on the caller's timeline. */
      readonly utterances: readonly HeardUtterance[];
      /** Share of the speech that was answered, 0..1: below 1 when every engine refused some of it for good. */
      readonly coverage: number;
    }
  | { readonly kind: 'silence'; readonly provider: string; readonly model: string }
  | { readonly kind: 'no-transcriber' };

/**
 * Turns speech into words with the best engine that works. Without any speech nobody is asked: the
 * detector has said silence.
 *
 * The sound is cut into utterances as the engine needs them. When an engine breaks down (a transient
 * failure twice, no answer in time, or refused credentials) it is reported to the pool and the next one hears what is left;
 * an utterance that it refuses for good goes to the next one alone.
 *
 * Throws `ProviderError` when speech is left that another try may turn into words, or when engines
 * refused some and heard no words in the rest; also what `readPcm` throws, and the signal's reason.
 */
export async function transcribeSpeech({
  regions,
  readPcm,
  hints,
  pool,
  signal,
}: SpeechToTranscribe): Promise<TranscriptionOutcome> {
  if (totalMs(regions) === 0) return { kind: 'silence', provider: 'voice-activity', model: 'none' };
  const tried = new Set<Transcriber>();
  const answers: Answer[] = [];
  const failures: ProviderError[] = [];
  let left = regions;

  do {
    signal.throwIfAborted();
    const engine = pool.choose(tried);
    if (!engine) break;
    tried.add(engine);
    const stretches = planUtterances(left, cutFor(engine));
    const progress = await hearAll(engine, stretches, readPcm, hints, signal).catch(
      (error: unknown) => {
        pool.reportAbandoned(engine);
        throw error;
      },
    );
    answers.push(...progress.answers);
    failures.push(...progress.failures);
    left = intersect(left, progress.left);
    const breakdown = progress.failures.find(({ failure }) => failure !== 'bad-request');
    if (breakdown) pool.reportFailure(engine, breakdown);
    else pool.reportSuccess(engine);
  } while (left.length > 0);

  if (tried.size === 0) return { kind: 'no-transcriber' };
  const utterances = answers.flatMap((answer) => answer.utterances);
  const failure = mostHopeful(failures);
  if (left.length > 0 && failure) {
    const isFinal = failure.failure === 'bad-request';
    if (!isFinal || utterances.length === 0) throw failure;
  }
  const names = {
    provider: joined(answers.map(({ engine }) => engine.name)),
    model: joined(answers.map(({ model }) => model)),
  };
  if (utterances.length === 0) return { kind: 'silence', ...names };
  return {
    kind: 'words',
    ...names,
    utterances: utterances.sort((a, b) => a.startMs - b.startMs),
    coverage: 1 - totalMs(left) / totalMs(regions),
  };
}

/** An engine that tells words' times gets whole stretches; the pauses in them help it. */
function cutFor({ capabilities: { timestamps, maxAudioMs } }: Transcriber) {
  return timestamps !== 'none'
    ? { maxMs: maxAudioMs, joinPauseMs: wholeStretchPauseMs }
    : { maxMs: maxAudioMs };
}

/** A failure that passes is worth another try; refused credentials may be mended; a bad request never. */
function mostHopeful(failures: readonly ProviderError[]): ProviderError | undefined {
  const order = ['transient', 'timeout', 'auth', 'bad-request'] as const;
  return order
    .map((failure) => failures.find((each) => each.failure === failure))
    .find((found) => found !== undefined);
}

function joined(names: readonly string[]): string {
  return [...new Set(names)].join('+');
}
