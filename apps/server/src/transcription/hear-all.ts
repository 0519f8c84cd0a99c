import { durationMs, speechFormat, type Span } from '../audio/index.ts';
import { ProviderError } from '../base/index.ts';
import type { PlacedPiece } from './pieces.ts';
import type { Hearing, HearingHints, SoundToHear, Transcriber } from './ports.ts';

/** How far an engine got. */
export interface Progress {
  readonly answerCount: number;
  /** Stretches without an answer. */
  readonly left: readonly Span[];
  readonly failures: readonly ProviderError[];
}

/**
 * Sends the stretches to one engine, as many at once as it takes; only those are in memory.
 * A transient failure is tried once more. After that, a timeout or refused credentials, no further stretch is
 * sent. A stretch refused for good is left out and the next one goes on.
 * Throws what `readPcm` and `onHeard` throw and the signal's reason, when nothing is running any more.
 */
export async function hearAll(
  engine: Transcriber,
  spans: readonly Span[],
  readPcm: (span: Span) => Promise<Uint8Array>,
  hints: HearingHints,
  onHeard: (stretch: PlacedPiece) => Promise<void>,
  signal: AbortSignal,
): Promise<Progress> {
  let answerCount = 0;
  const left: Span[] = [];
  const failures: ProviderError[] = [];
  const giveUp = new AbortController();
  const stop = AbortSignal.any([signal, giveUp.signal]);
  const queue = [...spans];
  let isDown = false;

  const work = async (): Promise<void> => {
    while (!isDown && !stop.aborted) {
      const span = queue.shift();
      if (!span) return;
      try {
        const pcm = await readPcm(span);
        const hearing = await hearTwice(engine, { pcm, ...hints }, stop);
        // Near the end of the sound there may be less than was asked for.
        const endMs = Math.min(span.endMs, span.startMs + durationMs(speechFormat, pcm.length));
        await onHeard(placed(engine, hearing, { startMs: span.startMs, endMs }));
        answerCount += 1;
      } catch (error) {
        if (!(error instanceof ProviderError)) throw error;
        failures.push(error);
        left.push(span);
        if (error.failure !== 'bad-request') isDown = true;
      }
    }
  };

  const workers = Array.from({ length: engine.capabilities.concurrency }, async () => {
    try {
      await work();
    } catch (error) {
      giveUp.abort(error);
    }
  });
  await Promise.all(workers);
  stop.throwIfAborted();
  return { answerCount, left: [...left, ...queue], failures };
}

async function hearTwice(
  engine: Transcriber,
  sound: SoundToHear,
  signal: AbortSignal,
): Promise<Hearing> {
  try {
    return await engine.transcribe(sound, signal);
  } catch (error) {
    const isPassing = error instanceof ProviderError && error.failure === 'transient';
    if (!isPassing || signal.aborted) throw error;
    return engine.transcribe(sound, signal);
  }
}

/**
 * Moves an engine's times to where the sound came from, never beyond it. Its labels of speakers mean something within
 * this answer alone, so they are made its own.
 */
function placed(engine: Transcriber, hearing: Hearing, span: Span): PlacedPiece {
  const piece = { ...span, pass: 'batch', provider: engine.name, model: hearing.model } as const;
  if (hearing.kind === 'silence') return { ...piece, utterances: [] };
  const label = `b${Math.round(span.startMs)}`;
  const place = (ms: number): number =>
    Math.min(span.endMs, Math.max(span.startMs, span.startMs + ms));
  const placeSpan = ({ startMs, endMs }: Span): Span => ({
    startMs: place(startMs),
    endMs: place(endMs),
  });
  const hasTimes = engine.capabilities.timestamps !== 'none';
  const utterances = hearing.utterances.map((utterance) => ({
    ...utterance,
    ...(hasTimes ? placeSpan(utterance) : span),
    words: utterance.words.map((word) => ({ ...word, ...placeSpan(word) })),
    speaker: utterance.speaker === null ? null : `${label}:${utterance.speaker}`,
  }));
  return { ...piece, utterances };
}
