import type { CaptureId, UserId } from '@friend-lite/contract';
import { intersect, type Span } from '../audio/index.ts';
import type { HeardUtterance } from './ports.ts';

/**
 * All that was said in a stretch of a capture, as one engine heard it: final words on their way to a transcript.
 * Times are ms of capture time. Silence is a piece without utterances.
 */
export interface TranscriptPiece extends Span {
  readonly userId: UserId;
  readonly captureId: CaptureId;
  /** Heard while it was spoken, or from the recording. */
  readonly pass: 'live' | 'batch';
  readonly provider: string;
  readonly model: string;
  /** In time order, each with its middle within the piece. */
  readonly utterances: readonly HeardUtterance[];
}

/**
 * Pieces that wait for their conversation to be transcribed, so that what was heard once is not heard again after a
 * restart. Written by `pipeline/` alone.
 */
export interface PieceStore {
  /** Does nothing when the capture has a piece of that pass with that start. */
  add(piece: TranscriptPiece): Promise<void>;
  /** Pieces that overlap `within`, in order of their start. */
  list(userId: UserId, captureId: CaptureId, within: Span): Promise<readonly TranscriptPiece[]>;
  /** Removes those that begin within. Idempotent. */
  remove(userId: UserId, captureId: CaptureId, within: Span): Promise<void>;
}

/** A piece, or what was cut of it, on a timeline of the caller's. */
export type PlacedPiece = Pick<TranscriptPiece, 'pass' | 'provider' | 'model' | 'utterances'> &
  Span;

/** What of a piece lies within a stretch of its capture, moved by `shiftMs`; null for nothing. */
export function placePiece(piece: PlacedPiece, within: Span, shiftMs: number): PlacedPiece | null {
  const [kept] = intersect([piece], [within]);
  if (!kept) return null;
  const { pass, provider, model } = piece;
  const utterances = piece.utterances.flatMap((utterance) => {
    const cut = cutUtterance(utterance, kept);
    return cut ? [moveUtterance(cut, shiftMs)] : [];
  });
  return { pass, provider, model, ...moveSpan(kept, shiftMs), utterances };
}

/** What of the utterance was said within: word by word where the times of words are known, else whole by its middle. */
export function cutUtterance(utterance: HeardUtterance, within: Span): HeardUtterance | null {
  if (utterance.words.length === 0) return isWithin(utterance, within) ? utterance : null;
  const words = utterance.words.filter((word) => isWithin(word, within));
  if (words.length === utterance.words.length) return utterance;
  const [first, last] = [words[0], words.at(-1)];
  if (!first || !last) return null;
  return {
    ...utterance,
    startMs: first.startMs,
    endMs: Math.max(...words.map(({ endMs }) => endMs)),
    text: words.map(({ text }) => text).join(' '),
    words,
  };
}

export function moveUtterance(utterance: HeardUtterance, byMs: number): HeardUtterance {
  if (byMs === 0) return utterance;
  return {
    ...utterance,
    ...moveSpan(utterance, byMs),
    words: utterance.words.map((word) => ({ ...word, ...moveSpan(word, byMs) })),
  };
}

function moveSpan({ startMs, endMs }: Span, byMs: number): Span {
  return { startMs: startMs + byMs, endMs: endMs + byMs };
}

function isWithin({ startMs, endMs }: Span, within: Span): boolean {
  const middleMs = (startMs + endMs) / 2;
  return middleMs >= within.startMs && middleMs < within.endMs;
}
