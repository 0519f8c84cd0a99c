import type { CaptureId, UserId } from '@friend-lite/contract';
import { byteOffset, durationMs, frameBytes, type AudioFormat, type Span } from '../audio/index.ts';
import { AppError } from '../base/index.ts';
import type { Capture, CaptureStore, Gap, Segment, SegmentFiles } from './ports.ts';

/** Silence is handed out in pieces of this size, like sound. */
const chunkBytes = 64 * 1024;

/** A stretch of one capture, in capture time. An `endMs` beyond the sound means its end. */
export interface CaptureSpan extends Span {
  readonly captureId: CaptureId;
}

/** Sound of captures as one stream of PCM. */
export interface SoundRange {
  readonly format: AudioFormat;
  /** Whole samples. */
  readonly byteCount: number;
  /** Stretches nobody recorded, silence in the stream; in ms from the start of the stream. */
  readonly gaps: readonly Gap[];
  /**
   * Bytes [start, end) of the stream, cut to it, in chunks of at most 64 KiB. Throws when a file holds
   * less than its record says.
   */
  read(start: number, end: number): AsyncIterable<Uint8Array>;
}

export interface CaptureReader {
  /**
   * Opens the spans, one after another, as one stream: exact to the sample, and with silence where a
   * capture has gaps, so that time is kept. Of a capture that still goes on, what is in the file now.
   * Throws `not_found` when the user has no such capture.
   */
  openRange(userId: UserId, spans: readonly CaptureSpan[]): Promise<SoundRange>;
}

/** A part of the stream: bytes [from, from + byteCount) of a segment, or silence (null). */
interface Piece {
  readonly segment: Segment | null;
  readonly from: number;
  readonly byteCount: number;
}

export function createCaptureReader(deps: {
  readonly store: Pick<CaptureStore, 'find' | 'segments'>;
  readonly files: Pick<SegmentFiles, 'read' | 'size'>;
}): CaptureReader {
  const { store, files } = deps;

  async function piecesOf(capture: Capture, span: Span): Promise<readonly Piece[]> {
    const { format } = capture;
    const segments = await store.segments(capture.userId, capture.id);
    const written = await Promise.all(
      segments.map(async (segment) => {
        const byteCount = segment.isSealed ? segment.byteCount : await files.size(segment);
        const from = byteOffset(format, segment.startMs);
        return { segment, from, to: from + byteCount - (byteCount % frameBytes(format)) };
      }),
    );
    // A segment that was only just begun may hold nothing yet.
    const stretches = written.filter(({ from, to }) => from < to);
    const end = Math.min(byteOffset(format, span.endMs), stretches.at(-1)?.to ?? 0);
    const pieces: Piece[] = [];
    let at = byteOffset(format, Math.max(0, span.startMs));
    for (const { segment, from, to } of stretches) {
      const silenceEnd = Math.min(from, end);
      if (at < silenceEnd) {
        pieces.push({ segment: null, from: 0, byteCount: silenceEnd - at });
        at = silenceEnd;
      }
      const soundEnd = Math.min(to, end);
      if (at < soundEnd) {
        pieces.push({ segment, from: at - from, byteCount: soundEnd - at });
        at = soundEnd;
      }
    }
    return pieces;
  }

  async function* readPiece(piece: Piece, start: number, end: number): AsyncIterable<Uint8Array> {
    if (!piece.segment) {
      yield* silence(end - start);
      return;
    }
    let missing = end - start;
    for await (const chunk of files.read(piece.segment, piece.from + start, piece.from + end)) {
      missing -= chunk.byteLength;
      yield chunk;
    }
    if (missing > 0) throw new Error(`a segment is ${missing} bytes shorter than its record says`);
  }

  return {
    async openRange(userId, spans) {
      const pieces: Piece[] = [];
      let format: AudioFormat | null = null;
      for (const span of spans) {
        const capture = await store.find(userId, span.captureId);
        if (!capture) throw new AppError('not_found');
        if (format && !isSameFormat(format, capture.format)) {
          throw new AppError('unsupported_audio_format', {
            problem: 'mixed formats in one stream',
          });
        }
        format = capture.format;
        pieces.push(...(await piecesOf(capture, span)));
      }
      if (!format) throw new AppError('not_found');
      const byteCount = pieces.reduce((sum, piece) => sum + piece.byteCount, 0);

      return {
        format,
        byteCount,
        gaps: gapsOf(pieces, format),
        async *read(start, end) {
          let pieceStart = 0;
          for (const piece of pieces) {
            const from = Math.max(0, start - pieceStart);
            const to = Math.min(piece.byteCount, end - pieceStart);
            if (from < to) yield* readPiece(piece, from, to);
            pieceStart += piece.byteCount;
          }
        },
      };
    },
  };
}

function gapsOf(pieces: readonly Piece[], format: AudioFormat): readonly Gap[] {
  const gaps: Gap[] = [];
  let at = 0;
  for (const piece of pieces) {
    const end = at + piece.byteCount;
    if (!piece.segment) {
      gaps.push({ startMs: durationMs(format, at), endMs: durationMs(format, end) });
    }
    at = end;
  }
  return gaps;
}

function* silence(byteCount: number): Iterable<Uint8Array> {
  for (let left = byteCount; left > 0; left -= chunkBytes) {
    yield new Uint8Array(Math.min(left, chunkBytes));
  }
}

function isSameFormat(a: AudioFormat, b: AudioFormat): boolean {
  return a.sampleRateHz === b.sampleRateHz && a.channels === b.channels;
}
