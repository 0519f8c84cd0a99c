import {
  byteOffset,
  oggPageStartMs,
  opusPacketDurationMs,
  opusPreRollMs,
  speechFormat,
  splitOggPages,
  type OggPage,
  type OpusDecoders,
  type OpusStream,
} from '../audio/index.ts';
import type { SegmentFiles } from './ports.ts';
import type { StoredSound } from './stored-sound.ts';

/** What is handed out at once. */
const chunkBytes = 64 * 1024;
/** What is decoded at once: enough to be worth a message to another thread. */
const decodeMs = 5_000;

interface ReadingDeps {
  readonly files: Pick<SegmentFiles, 'read'>;
  readonly decoders: OpusDecoders;
}

/**
 * Contiguous Opus sound of a capture as PCM: bytes [start, end) of its sound counted from capture time 0,
 * exact in length, in chunks of at most 64 KiB. A damaged stretch of a file is silence; throws when a file
 * ends before its record says.
 */
export async function* decodeRun(
  run: readonly StoredSound[],
  start: number,
  end: number,
  { files, decoders }: ReadingDeps,
): AsyncGenerator<Uint8Array> {
  const startMs = msAt(start) - opusPreRollMs;
  const stream = decoders.open();
  try {
    // What was handed out ends here; sound before it is the decoder's pre-roll.
    let at = start;
    for await (const stretch of stretchesOf(run, startMs, msAt(end), files)) {
      const from = byteOffset(speechFormat, stretch.startMs);
      for (const pcm of chunksOf(new Uint8Array(Math.max(0, from - at)))) yield pcm;
      at = Math.max(at, from);
      const pcm = await decode(stream, stretch.packets);
      const part = pcm.subarray(at - from, Math.max(0, end - from));
      for (const chunk of chunksOf(part)) yield chunk;
      at += part.byteLength;
    }
    if (at < end) throw new Error(`a segment is ${msAt(end - at)} ms shorter than its record says`);
  } finally {
    stream.close();
  }
}

/** Packets that follow one another. */
interface Stretch {
  /** Capture time of the first. */
  readonly startMs: number;
  readonly packets: readonly Uint8Array[];
}

/** The packets that overlap [startMs, endMs), in stretches of about `decodeMs`. */
async function* stretchesOf(
  run: readonly StoredSound[],
  startMs: number,
  endMs: number,
  files: Pick<SegmentFiles, 'read'>,
): AsyncGenerator<Stretch> {
  let packets: Uint8Array[] = [];
  let from = 0;
  let to = 0;
  for (const sound of run) {
    if (sound.endMs <= startMs || sound.startMs >= endMs) continue;
    for await (const page of soundPages(sound, files)) {
      const pageStartMs = sound.startMs + oggPageStartMs(page);
      if (pageStartMs >= endMs) break;
      if (sound.startMs + page.endMs <= startMs) continue;
      if (packets.length > 0 && (pageStartMs !== to || to - from >= decodeMs)) {
        yield { startMs: from, packets };
        packets = [];
      }
      let at = pageStartMs;
      for (const packet of page.packets) {
        const packetStartMs = at;
        at += opusPacketDurationMs(packet) ?? 0;
        if (at <= startMs || packetStartMs >= endMs) continue;
        if (packets.length === 0) from = packetStartMs;
        packets.push(packet);
      }
      to = sound.startMs + page.endMs;
    }
  }
  if (packets.length > 0) yield { startMs: from, packets };
}

/** The pages of a segment that hold sound, in order. */
export async function* soundPages(
  { segment, byteCount }: StoredSound,
  files: Pick<SegmentFiles, 'read'>,
): AsyncGenerator<OggPage> {
  const pages = splitOggPages();
  for await (const chunk of files.read(segment, 0, byteCount)) {
    for (const page of pages.push(chunk)) if (page.hasSound) yield page;
  }
  for (const page of pages.end()) if (page.hasSound) yield page;
}

async function decode(stream: OpusStream, packets: readonly Uint8Array[]): Promise<Uint8Array> {
  const samples = await stream.decode(packets);
  return new Uint8Array(samples.buffer, samples.byteOffset, samples.byteLength);
}

function* chunksOf(bytes: Uint8Array): Generator<Uint8Array> {
  for (let at = 0; at < bytes.byteLength; at += chunkBytes) {
    yield bytes.subarray(at, at + chunkBytes);
  }
}

function msAt(pcmBytes: number): number {
  return pcmBytes / byteOffset(speechFormat, 1);
}
