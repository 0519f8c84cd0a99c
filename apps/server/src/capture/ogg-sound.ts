import type { CaptureId } from '@friend-lite/contract';
import {
  lastOggSound,
  maxOggPageBytes,
  movedOggPage,
  oggEnd,
  oggEndBytes,
  oggHead,
  oggHeadBytes,
  oggHeadPages,
  oggPageHeaderBytes,
  oggPages,
  readOggPage,
  opusPacketDurationMs,
  type OggPosition,
} from '../audio/index.ts';
import { soundPages } from './opus-reading.ts';
import type { SegmentFiles } from './ports.ts';
import { collect, type StoredSound } from './stored-sound.ts';

/** An Ogg file that is made on the way out. */
export interface OggSound {
  readonly byteCount: number;
  /** Bytes [start, end) of the file. Throws when a segment's file holds less than its record says. */
  read(start: number, end: number): AsyncIterable<Uint8Array>;
}

/** A stretch of the file, of a size that is known before it is made. */
interface Block {
  readonly byteCount: number;
  /** The bytes, for a stream that stands at `from`. */
  bytes(from: OggPosition): AsyncIterable<Uint8Array>;
  /** Where the stream stands behind it. */
  after(from: OggPosition): Promise<OggPosition>;
}

/** Lost packets of these durations stand for time nobody recorded: SILK, 60 ms, and CELT, 2.5 ms, wideband. */
const fillers = [Uint8Array.of(11 << 3), Uint8Array.of(20 << 3)] as const;
const fillersPerPage = 250;

/**
 * The segments of an Opus capture as one stream: their pages as they are, but for number, time and checksum,
 * since players do not play through a chain of streams. Time nobody recorded is filled with lost packets, to
 * the last 2.5 ms.
 */
export function openOggSound(
  captureId: CaptureId,
  sounds: readonly StoredSound[],
  files: Pick<SegmentFiles, 'read'>,
): OggSound {
  const head = oggHead(Number.parseInt(captureId.slice(0, 8), 16));
  const blocks = blocksOf(sounds, files);
  const soundBytes = blocks.reduce((sum, block) => sum + block.byteCount, 0);
  const endAt = oggHeadBytes + soundBytes;

  return {
    byteCount: endAt + oggEndBytes,
    async *read(start, end) {
      if (start < oggHeadBytes) yield head.bytes.subarray(start, Math.min(end, oggHeadBytes));
      let position = head.next;
      let at = oggHeadBytes;
      for (const block of blocks) {
        if (at >= end) return;
        const blockEnd = at + block.byteCount;
        if (blockEnd > start) yield* partOf(block.bytes(position), start - at, end - at);
        position = await block.after(position);
        at = blockEnd;
      }
      if (end > endAt) yield oggEnd(position).subarray(Math.max(0, start - endAt), end - endAt);
    },
  };
}

function blocksOf(
  sounds: readonly StoredSound[],
  files: Pick<SegmentFiles, 'read'>,
): readonly Block[] {
  const blocks: Block[] = [];
  let ms = 0;
  for (const sound of sounds) {
    const filler = fillerBlock(sound.startMs - ms);
    blocks.push(filler.block, soundBlock(sound, files));
    ms += filler.ms + (sound.endMs - sound.startMs);
  }
  return blocks;
}

function soundBlock(sound: StoredSound, files: Pick<SegmentFiles, 'read'>): Block {
  const { segment, byteCount } = sound;
  const end = segment.isSealed ? byteCount - oggEndBytes : byteCount;
  return {
    byteCount: end - oggHeadBytes,
    async *bytes(from) {
      let at = oggHeadBytes;
      for await (const page of soundPages(sound, files)) {
        at += page.bytes.byteLength;
        if (at > end) break;
        yield movedOggPage(page, placed(page.sequence, page.endMs, from));
      }
      if (at !== end) throw new Error('a segment does not hold what its record says');
    },
    async after(from) {
      const sequence = await endSequence(sound, files);
      return placed(sequence, sound.endMs - sound.startMs, from);
    },
  };
}

/** The number that a page behind the segment's sound has, or would have. */
async function endSequence(
  { segment, byteCount }: StoredSound,
  files: Pick<SegmentFiles, 'read'>,
): Promise<number> {
  const tailBytes = segment.isSealed ? oggEndBytes : maxOggPageBytes;
  const tail = await collect(files.read(segment, Math.max(0, byteCount - tailBytes), byteCount));
  const sequence = segment.isSealed
    ? readOggPage(tail, 0)?.sequence
    : (lastOggSound(tail)?.page.sequence ?? 0) + 1;
  if (sequence === undefined) throw new Error('a segment does not hold what its record says');
  return sequence;
}

/** The block that lasts `ms`, rounded down to whole packets; and how long it lasts. */
function fillerBlock(ms: number): { readonly block: Block; readonly ms: number } {
  const packets: (readonly [packet: Uint8Array, count: number])[] = [];
  let left = ms;
  for (const packet of fillers) {
    const packetMs = opusPacketDurationMs(packet) ?? 0;
    const count = Math.max(0, Math.floor(left / packetMs));
    packets.push([packet, count]);
    left -= count * packetMs;
  }
  const filledMs = ms - left;
  const pageCounts = packets.map(([, count]) => Math.ceil(count / fillersPerPage));

  async function* bytes(from: OggPosition): AsyncGenerator<Uint8Array> {
    let position = from;
    for (const [packet, count] of packets) {
      for (let done = 0; done < count; done += fillersPerPage) {
        const length = Math.min(fillersPerPage, count - done);
        const page = oggPages(
          position,
          Array.from({ length }, () => packet),
        );
        yield page.bytes;
        position = page.next;
      }
    }
  }

  const block: Block = {
    byteCount: packets.reduce(
      (sum, [, count], index) => sum + fillerBytes(count, pageCounts[index] ?? 0),
      0,
    ),
    bytes,
    after: async ({ serial, sequence, ms: fromMs }) => ({
      serial,
      sequence: sequence + pageCounts.reduce((sum, count) => sum + count, 0),
      ms: fromMs + filledMs,
    }),
  };
  return { block, ms: filledMs };
}

/** Each packet takes a byte, and one in the page's table. */
function fillerBytes(packetCount: number, pageCount: number): number {
  return packetCount * 2 + pageCount * oggPageHeaderBytes;
}

/** Where a segment's page stands in a stream that the segment joins at `from`. */
function placed(sequence: number, endMs: number, from: OggPosition): OggPosition {
  return {
    serial: from.serial,
    sequence: from.sequence + sequence - oggHeadPages,
    ms: from.ms + endMs,
  };
}

/** Bytes [start, end) of what comes. */
async function* partOf(
  chunks: AsyncIterable<Uint8Array>,
  start: number,
  end: number,
): AsyncGenerator<Uint8Array> {
  let at = 0;
  for await (const chunk of chunks) {
    if (at >= end) return;
    const part = chunk.subarray(Math.max(0, start - at), Math.max(0, end - at));
    if (part.byteLength > 0) yield part;
    at += chunk.byteLength;
  }
}
