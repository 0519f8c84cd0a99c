import type { Span } from '../audio/index.ts';
import type { CaptureRange, Conversation } from '../conversations/index.ts';

/** A conversation's own time: ms from its start, its ranges laid end to end. */
export interface Timeline {
  readonly durationMs: number;
  /** A span of capture time within `range`, on the conversation's timeline. */
  fromCapture(range: CaptureRange, span: Span): Span;
}

export function conversationTimeline(conversation: Pick<Conversation, 'ranges'>): Timeline {
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
