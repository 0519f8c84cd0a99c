import { intersect, planUtterances, totalMs, type Span } from '../audio/index.ts';
import type { ProviderError } from '../base/index.ts';
import { hearAll } from './hear-all.ts';
import type { PlacedPiece } from './pieces.ts';
import type { TranscriberPool } from './pool.ts';
import type { HearingHints, Transcriber } from './ports.ts';

/** Pauses up to this long stay within a stretch. */
const stretchPauseMs = 5000;

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
  /**
   * Told of each stretch as soon as it is heard, on the timeline of the regions; together they cover all that is not
   * `left`, and a little around it. Awaited: what was kept need not be heard again.
   */
  readonly onHeard: (stretch: PlacedPiece) => Promise<void>;
  readonly signal: AbortSignal;
}

/** `left`: speech that every engine refused for good, and the reason of one. */
export type TranscriptionOutcome =
  | {
      readonly kind: 'heard';
      readonly left: readonly Span[];
      readonly refusal: ProviderError | null;
    }
  | { readonly kind: 'no-transcriber' };

/**
 * Turns speech into words with the best engine that works. Without any speech nobody is asked: the
 * detector has said silence.
 *
 * The sound is cut into utterances as the engine needs them. When an engine breaks down (a transient
 * failure twice, no answer in time, or refused credentials) it is reported to the pool and the next one hears what is left;
 * an utterance that it refuses for good goes to the next one alone.
 *
 * Throws `ProviderError` when speech is left that another try may turn into words; also what `readPcm` and `onHeard`
 * throw, and the signal's reason.
 */
export async function transcribeSpeech({
  regions,
  readPcm,
  hints,
  pool,
  onHeard,
  signal,
}: SpeechToTranscribe): Promise<TranscriptionOutcome> {
  if (totalMs(regions) === 0) return { kind: 'heard', left: [], refusal: null };
  const tried = new Set<Transcriber>();
  const failures: ProviderError[] = [];
  let left = regions;

  do {
    signal.throwIfAborted();
    const engine = pool.choose(tried);
    if (!engine) break;
    tried.add(engine);
    const stretches = planUtterances(left, cutFor(engine));
    const progress = await hearAll(engine, stretches, readPcm, hints, onHeard, signal).catch(
      (error: unknown) => {
        pool.reportAbandoned(engine);
        throw error;
      },
    );
    failures.push(...progress.failures);
    left = intersect(left, progress.left);
    const breakdown = progress.failures.find(({ failure }) => failure !== 'bad-request');
    if (breakdown) pool.reportFailure(engine, breakdown);
    else pool.reportSuccess(engine);
  } while (left.length > 0);

  if (tried.size === 0) return { kind: 'no-transcriber' };
  const failure = left.length > 0 ? mostHopeful(failures) : undefined;
  if (failure && failure.failure !== 'bad-request') throw failure;
  return { kind: 'heard', left, refusal: failure ?? null };
}

function cutFor({ capabilities: { unit, maxAudioMs } }: Transcriber) {
  return unit === 'stretch'
    ? { maxMs: maxAudioMs, joinPauseMs: stretchPauseMs }
    : { maxMs: maxAudioMs };
}

/** A failure that passes is worth another try; refused credentials may be mended; a bad request never. */
function mostHopeful(failures: readonly ProviderError[]): ProviderError | undefined {
  const order = ['transient', 'timeout', 'auth', 'bad-request'] as const;
  return order
    .map((failure) => failures.find((each) => each.failure === failure))
    .find((found) => found !== undefined);
}
