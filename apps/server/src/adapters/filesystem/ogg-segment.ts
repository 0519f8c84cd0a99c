import {
  isLostPacket,
  mergeSpans,
  oggEnd,
  oggEndBytes,
  oggHead,
  oggHeadBytes,
  oggPages,
  oggPageStartMs,
  opusPacketDurationMs,
  splitOggPages,
  type OggPage,
  type OggPosition,
  type Span,
} from '../../audio/index.ts';
import { readChunks, truncateFile, writeFully } from './file-io.ts';
import type { SavedSound, SegmentLayout } from './segment-layout.ts';

/** Opus packets as an Ogg file of one stream: a page for each append, and one that ends it. */
export function oggLayout(serial: number): SegmentLayout {
  const head = oggHead(serial);
  let position = head.next;
  let fileBytes = oggHeadBytes;
  return {
    head: head.bytes,
    get fileBytes() {
      return fileBytes;
    },
    encode(packets) {
      const { bytes, next } = oggPages(position, packets);
      return {
        bytes: [bytes],
        count() {
          position = next;
          fileBytes += bytes.byteLength;
        },
      };
    },
    complete: (fd) => completeOgg(fd, position, fileBytes),
  };
}

/** Makes the file whole, with the whole pages among its first `fileBytes` bytes up to the first damage. */
export async function repairOgg(
  fd: number,
  serial: number,
  fileBytes = Infinity,
): Promise<SavedSound> {
  const { bytes: head, next: start } = oggHead(serial);
  let position = start;
  let wholeBytes = 0;
  const lost: Span[] = [];
  for await (const page of wholePages(fd, fileBytes)) {
    wholeBytes += page.bytes.byteLength;
    position = { serial, sequence: page.sequence + 1, ms: page.endMs };
    if (page.hasSound) lost.push(...lostSpans(page));
  }
  // Not even the head was on the disk: then nothing else was.
  if (wholeBytes < oggHeadBytes) {
    await writeFully(fd, [head], 0);
    wholeBytes = oggHeadBytes;
    position = start;
  }
  const byteCount = await completeOgg(fd, position, wholeBytes);
  return { byteCount, durationMs: position.ms, gaps: mergeSpans(lost) };
}

async function completeOgg(fd: number, position: OggPosition, fileBytes: number): Promise<number> {
  await truncateFile(fd, fileBytes);
  await writeFully(fd, [oggEnd(position)], fileBytes);
  return fileBytes + oggEndBytes;
}

/** The pages before the first damage, without the one that ends the stream. */
async function* wholePages(fd: number, fileBytes: number): AsyncGenerator<OggPage> {
  const pages = splitOggPages();
  let sequence = 0;
  for await (const chunk of readChunks(fd, 0, fileBytes)) {
    for (const page of pages.push(chunk)) {
      if (page.sequence !== sequence || page.isLast) return;
      sequence += 1;
      yield page;
    }
  }
}

function lostSpans(page: OggPage): readonly Span[] {
  const spans: Span[] = [];
  let at = oggPageStartMs(page);
  for (const packet of page.packets) {
    const endMs = at + (opusPacketDurationMs(packet) ?? 0);
    if (isLostPacket(packet)) spans.push({ startMs: at, endMs });
    at = endMs;
  }
  return spans;
}
