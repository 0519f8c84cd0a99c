import { captureIdSchema } from '@friend-lite/contract';
import { z } from 'zod';
import type { Span } from '../audio/index.ts';
import { ProviderError } from '../base/index.ts';
import type { Capture, CaptureReader, CaptureStore } from '../capture/index.ts';
import type { ConversationStore, SpeechStore } from '../conversations/index.ts';
import type { JobHandler, JobQueue } from '../jobs/index.ts';
import { measureCoverage, transcribeSpeech, type ChoosingPool } from '../transcription/index.ts';
import { readSamples } from './sound.ts';
import type { TranscribeTools } from './transcribe-job.ts';

/** Hears speech of a conversation that goes on, so that little is left to hear when it closes. */
export const hearAheadKind = 'hear-ahead';

const payloadSchema = z.object({ captureId: captureIdSchema, untilMs: z.number() });

/** Asks for the speech of a capture up to `untilMs`. */
export async function enqueueHearAhead(
  queue: Pick<JobQueue, 'enqueue'>,
  { id: captureId, userId }: Pick<Capture, 'id' | 'userId'>,
  untilMs: number,
): Promise<void> {
  await queue.enqueue({
    kind: hearAheadKind,
    key: `${hearAheadKind}:${captureId}:${Math.round(untilMs)}`,
    userId,
    payload: { captureId, untilMs },
  });
}

/**
 * Keeps what it hears as pieces. Where no engine works it is done all the same: what is missing is heard when the
 * conversation closes.
 */
export function hearAhead(
  tools: Pick<TranscribeTools, 'pieces' | 'hintsOf'> & {
    readonly pool: ChoosingPool;
    readonly speech: Pick<SpeechStore, 'regions'>;
    readonly captureStore: Pick<CaptureStore, 'find'>;
    readonly conversationStore: Pick<ConversationStore, 'listByCapture'>;
    readonly captureReader: CaptureReader;
    readonly onWords: (capture: Capture) => void;
  },
): JobHandler {
  return async (job, signal) => {
    const { captureId, untilMs } = payloadSchema.parse(job.payload);
    const { userId } = job;
    const capture = await tools.captureStore.find(userId, captureId);
    const range = (await tools.conversationStore.listByCapture(userId, captureId))
      .filter(({ phase }) => phase === 'open')
      .flatMap(({ ranges }) => ranges)
      .find((each) => each.captureId === captureId);
    if (!capture || !range) return { kind: 'done' };
    const window = { startMs: range.startMs, endMs: untilMs };
    const regions = await tools.speech.regions(userId, captureId, window);
    // Speech that goes on at the end would be cut in a word.
    const speech = regions.filter(({ endMs }) => endMs < untilMs);
    const { holes } = measureCoverage(speech, await tools.pieces.list(userId, captureId, window));
    try {
      await transcribeSpeech({
        regions: holes,
        readPcm: (span) => readPcm(tools.captureReader, capture, span),
        hints: await tools.hintsOf(userId),
        pool: tools.pool,
        async onHeard(piece) {
          await tools.pieces.add({ ...piece, userId, captureId });
          if (piece.utterances.length > 0) tools.onWords(capture);
        },
        signal,
      });
    } catch (error) {
      if (!(error instanceof ProviderError)) throw error;
    }
    return { kind: 'done' };
  };
}

async function readPcm(reader: CaptureReader, capture: Capture, span: Span): Promise<Uint8Array> {
  const chunks = await Array.fromAsync(readSamples(reader, capture, span.startMs, span.endMs));
  return Buffer.concat(
    chunks.map((chunk) => Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength)),
  );
}
