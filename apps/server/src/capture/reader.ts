import type { CaptureId, UserId } from '@friend-lite/contract';
import {
  byteOffset,
  durationMs,
  intersect,
  mergeSpans,
  speechFormat,
  type OpusDecoders,
  type PcmFormat,
  type Span,
} from '../audio/index.ts';
import { AppError } from '../base/index.ts';
import { openOggSound, type OggSound } from './ogg-sound.ts';
import { decodeRun } from './opus-reading.ts';
import type { Capture, CaptureStore, Gap, SegmentFiles } from './ports.ts';
import { contiguousRuns, removedSounds, storedSounds, type StoredSound } from './stored-sound.ts';

/** Silence is handed out in pieces of this size, like sound. */
const chunkBytes = 64 * 1024;

/** A stretch of one capture, in capture time. An `endMs` beyond the sound means its end. */
export interface CaptureSpan extends Span {
  readonly captureId: CaptureId;
}

/** Sound of captures as one stream of PCM. */
export interface SoundRange {
  readonly format: PcmFormat;
  /** Whole samples. */
  readonly byteCount: number;
  /**
   * Stretches of which there is no sound, in ms from the start of the stream: silence where nobody recorded
   * or sound was removed, concealed where Opus packets were lost.
   */
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
   * capture has gaps, so that time is kept. Opus is decoded. Of a capture that still goes on, what is in
   * the file now. Throws `not_found` when the user has no such capture.
   */
  openRange(userId: UserId, spans: readonly CaptureSpan[]): Promise<SoundRange>;
  /** The packets of an Opus capture as they arrived, as one Ogg stream. Of one that goes on, what is there now. */
  openOgg(capture: Capture): Promise<OggSound>;
}

/** A part of the stream: `byteCount` bytes of PCM from byte `from` of a capture's, or silence (empty). */
interface Piece {
  /** What holds it, without a space between them. PCM: one segment's sound; Opus: a run of them. */
  readonly sounds: readonly StoredSound[];
  readonly format: Capture['format'];
  readonly from: number;
  readonly byteCount: number;
  /** Silence because its sound was removed. */
  readonly isRemoved: boolean;
}

export function createCaptureReader(deps: {
  readonly store: Pick<CaptureStore, 'find' | 'segments'>;
  readonly files: Pick<SegmentFiles, 'read' | 'size'>;
  readonly decoders: OpusDecoders;
}): CaptureReader {
  const { store, files, decoders } = deps;

  async function piecesOf(capture: Capture, span: Span): Promise<readonly Piece[]> {
    const { format } = capture;
    const pcm = pcmFormatOf(capture);
    const sounds = await storedSounds(capture, store, files);
    const rows =
      format.encoding === 'opus' ? contiguousRuns(sounds) : sounds.map((sound) => [sound]);
    const present = rows.map((row) => {
      const totalMs = row.reduce((sum, { startMs, endMs }) => sum + (endMs - startMs), 0);
      return { row, isRemoved: false, ...bytesOf(pcm, row[0]?.startMs ?? 0, totalMs) };
    });
    const removed = (await removedSounds(capture, store)).map(({ startMs, endMs }) => {
      return { row: [], isRemoved: true, ...bytesOf(pcm, startMs, endMs - startMs) };
    });
    const stretches = [...present, ...removed].sort((a, b) => a.from - b.from);
    const end = Math.min(byteOffset(pcm, span.endMs), stretches.at(-1)?.to ?? 0);
    const pieces: Piece[] = [];
    let at = byteOffset(pcm, Math.max(0, span.startMs));
    for (const { row, isRemoved, from, to } of stretches) {
      const silenceEnd = Math.min(from, end);
      if (at < silenceEnd) {
        const byteCount = silenceEnd - at;
        pieces.push({ sounds: [], format, from: at, byteCount, isRemoved: false });
        at = silenceEnd;
      }
      const soundEnd = Math.min(to, end);
      if (at < soundEnd) {
        pieces.push({ sounds: row, format, from: at, byteCount: soundEnd - at, isRemoved });
        at = soundEnd;
      }
    }
    return pieces;
  }

  /** Bytes [start, end) of the piece. */
  async function* readPiece(piece: Piece, start: number, end: number): AsyncIterable<Uint8Array> {
    const { sounds, format, from } = piece;
    const [first] = sounds;
    if (!first) {
      yield* silence(end - start);
    } else if (format.encoding === 'opus') {
      yield* decodeRun(sounds, from + start, from + end, { files, decoders });
    } else {
      const offset = from - byteOffset(format, first.startMs);
      yield* readWhole(first, offset + start, offset + end);
    }
  }

  async function* readWhole(
    { segment }: StoredSound,
    start: number,
    end: number,
  ): AsyncIterable<Uint8Array> {
    let missing = end - start;
    for await (const chunk of files.read(segment, start, end)) {
      missing -= chunk.byteLength;
      yield chunk;
    }
    if (missing > 0) throw new Error(`a segment is ${missing} bytes shorter than its record says`);
  }

  return {
    async openRange(userId, spans) {
      const pieces: Piece[] = [];
      let format: PcmFormat | null = null;
      for (const span of spans) {
        const capture = await store.find(userId, span.captureId);
        if (!capture) throw new AppError('not_found');
        if (format && !isSameFormat(format, pcmFormatOf(capture))) {
          throw new AppError('unsupported_audio_format', {
            problem: 'mixed formats in one stream',
          });
        }
        format = pcmFormatOf(capture);
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

    openOgg: async (capture) =>
      openOggSound(capture.id, await storedSounds(capture, store, files), files),
  };
}

/** What a capture's sound is read as. */
function pcmFormatOf({ format }: Capture): PcmFormat {
  return format.encoding === 'opus' ? speechFormat : format;
}

function bytesOf(
  format: PcmFormat,
  startMs: number,
  ms: number,
): { readonly from: number; readonly to: number } {
  const from = byteOffset(format, startMs);
  return { from, to: from + byteOffset(format, ms) };
}

function gapsOf(pieces: readonly Piece[], format: PcmFormat): readonly Gap[] {
  const gaps: Gap[] = [];
  const removed: Gap[] = [];
  let at = 0;
  for (const { sounds, from, byteCount, isRemoved } of pieces) {
    const inPiece = {
      startMs: durationMs(format, from),
      endMs: durationMs(format, from + byteCount),
    };
    const missing =
      sounds.length === 0
        ? [inPiece]
        : intersect(
            sounds.flatMap(({ segment }) => segment.gaps),
            [inPiece],
          );
    const shiftMs = durationMs(format, at) - inPiece.startMs;
    for (const { startMs, endMs } of missing) {
      (isRemoved ? removed : gaps).push({ startMs: startMs + shiftMs, endMs: endMs + shiftMs });
    }
    at += byteCount;
  }
  return [
    ...mergeSpans(gaps),
    ...mergeSpans(removed).map((gap) => ({ ...gap, isRemoved: true })),
  ].sort((a, b) => a.startMs - b.startMs);
}

function* silence(byteCount: number): Iterable<Uint8Array> {
  for (let left = byteCount; left > 0; left -= chunkBytes) {
    yield new Uint8Array(Math.min(left, chunkBytes));
  }
}

function isSameFormat(a: PcmFormat, b: PcmFormat): boolean {
  return a.sampleRateHz === b.sampleRateHz && a.channels === b.channels;
}
