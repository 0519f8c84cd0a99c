import type { Span } from '../audio/index.ts';
import type { CaptureRange, Conversation, SpeechStore } from './ports.ts';
import { lengthOf, rangeTime } from './ranges.ts';

/** A conversation's own time: ms from its start, its ranges laid end to end; time between them takes none. */
export interface Timeline {
  readonly durationMs: number;
  /** A moment in epoch ms; before, between and after the ranges it is the nearest end of one. */
  fromEpoch(epochMs: number): number;
  spanFromEpoch(span: Span): Span;
  /** In epoch ms. Where two ranges meet, a start is at the later one and an end at the earlier. */
  spanToEpoch(span: Span): Span;
}

export function timelineOf(
  conversation: Pick<Conversation, 'ranges' | 'startedAt' | 'endedAt'>,
): Timeline {
  const pieces = piecesOf(conversation);
  const durationMs = lengthOf(pieces.map(({ time }) => time));

  function fromEpoch(epochMs: number): number {
    for (const { fromMs, time } of pieces) {
      if (epochMs <= time.endMs) return fromMs + Math.max(0, epochMs - time.startMs);
    }
    return durationMs;
  }

  return {
    durationMs,
    fromEpoch,
    spanFromEpoch: ({ startMs, endMs }) => ({
      startMs: fromEpoch(startMs),
      endMs: fromEpoch(endMs),
    }),
    spanToEpoch({ startMs, endMs }) {
      const startPiece = pieces.findLast(({ fromMs }) => fromMs <= startMs) ?? pieces[0];
      const endPiece = pieces.findLast(({ fromMs }) => fromMs < endMs) ?? pieces[0];
      const toEpoch = (piece: Piece | undefined, ms: number) =>
        piece ? piece.time.startMs + (ms - piece.fromMs) : ms;
      return { startMs: toEpoch(startPiece, startMs), endMs: toEpoch(endPiece, endMs) };
    },
  };
}

/** Of words without sound the time goes on from their beginning. */
function piecesOf({
  ranges,
  startedAt,
  endedAt,
}: Pick<Conversation, 'ranges' | 'startedAt' | 'endedAt'>): readonly Piece[] {
  if (ranges.length > 0) return placedRanges(ranges);
  return [{ fromMs: 0, time: { startMs: startedAt, endMs: endedAt ?? startedAt } }];
}

type Piece = Pick<PlacedRange, 'fromMs' | 'time'>;

/** A range: where it begins on the timeline, and when it was, epoch ms. */
export interface PlacedRange {
  readonly range: CaptureRange;
  readonly fromMs: number;
  readonly time: Span;
}

/** Where each range of a conversation lies on its timeline. */
export function placedRanges(ranges: Conversation['ranges']): readonly PlacedRange[] {
  let fromMs = 0;
  return ranges.map((range) => {
    const placed = { range, fromMs, time: rangeTime(range) };
    fromMs += range.endMs - range.startMs;
    return placed;
  });
}

/** Where somebody speaks in a conversation, ms from its start. */
export async function conversationSpeech(
  store: Pick<SpeechStore, 'regions'>,
  { userId, ranges }: Pick<Conversation, 'userId' | 'ranges'>,
): Promise<readonly Span[]> {
  const found = await Promise.all(
    placedRanges(ranges).map(async ({ range, fromMs }) => {
      const shiftMs = fromMs - range.startMs;
      const regions = await store.regions(userId, range.captureId, range);
      return regions.map(({ startMs, endMs }) => ({
        startMs: startMs + shiftMs,
        endMs: endMs + shiftMs,
      }));
    }),
  );
  return found.flat();
}
