import type { Span } from '../audio/index.ts';
import type { CaptureRange, Conversation, SpeechStore } from './ports.ts';

/** A conversation's own time: ms from its start, its ranges laid end to end. */
interface Timeline {
  readonly durationMs: number;
  /** A span of capture time within `range`, on the conversation's timeline. */
  fromCapture(range: CaptureRange, span: Span): Span;
}

function conversationTimeline(conversation: Pick<Conversation, 'ranges'>): Timeline {
  const starts = new Map<CaptureRange, number>();
  let durationMs = 0;
  for (const range of conversation.ranges) {
    starts.set(range, durationMs);
    durationMs += range.endMs - range.startMs;
  }
  return {
    durationMs,
    fromCapture(range, span) {
      const shiftMs = (starts.get(range) ?? 0) - range.startMs;
      return { startMs: span.startMs + shiftMs, endMs: span.endMs + shiftMs };
    },
  };
}

/** Where somebody speaks in a conversation, ms from its start. */
export async function conversationSpeech(
  store: Pick<SpeechStore, 'regions'>,
  { userId, ranges }: Pick<Conversation, 'userId' | 'ranges'>,
): Promise<readonly Span[]> {
  const timeline = conversationTimeline({ ranges });
  const found = await Promise.all(
    ranges.map(async (range) => {
      const regions = await store.regions(userId, range.captureId, range);
      return regions.map((region) => timeline.fromCapture(range, region));
    }),
  );
  return found.flat();
}
