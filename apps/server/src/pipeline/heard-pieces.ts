import { placedRanges, type Conversation } from '../conversations/index.ts';
import { placePiece, type PieceStore, type PlacedPiece } from '../transcription/index.ts';

/** Pieces of what a conversation claims, on its own timeline, in time order. */
export async function piecesOf(
  store: Pick<PieceStore, 'list'>,
  { userId, ranges }: Pick<Conversation, 'userId' | 'ranges'>,
): Promise<readonly PlacedPiece[]> {
  const found = await Promise.all(
    placedRanges(ranges).map(async ({ range, fromMs }) => {
      const pieces = await store.list(userId, range.captureId, range);
      return pieces.flatMap((piece) => placePiece(piece, range, fromMs - range.startMs) ?? []);
    }),
  );
  return found.flat();
}

/** Keeps a piece that was heard on the timeline of a conversation, with the captures it is of. */
export async function keepPiece(
  store: Pick<PieceStore, 'add'>,
  { userId, ranges }: Pick<Conversation, 'userId' | 'ranges'>,
  piece: PlacedPiece,
): Promise<void> {
  for (const { range, fromMs } of placedRanges(ranges)) {
    const window = { startMs: fromMs, endMs: fromMs + range.endMs - range.startMs };
    const { captureId } = range;
    const shiftMs = range.startMs - fromMs;
    const part = placePiece(piece, window, shiftMs);
    if (part) await store.add({ ...part, userId, captureId });
  }
}

/** Forgets the pieces of what a conversation claims: its transcript has them. */
export async function dropPieces(
  store: Pick<PieceStore, 'remove'>,
  { userId, ranges }: Pick<Conversation, 'userId' | 'ranges'>,
): Promise<void> {
  for (const range of ranges) await store.remove(userId, range.captureId, range);
}
