import { oggChecksum } from './ogg-checksum.ts';
import { opusPacketDurationMs } from './opus-packet.ts';

/**
 * Opus in Ogg: pages as in RFC 3533, what they hold as in RFC 7845. The pages made here hold whole packets;
 * pages that continue a packet of another are not read.
 */

/** Time in an Ogg Opus stream is counted at 48 kHz, whatever the sound's own rate is. */
const granulesPerMs = 48;

/** Of a page, before its table of lacing values. */
export const oggPageHeaderBytes = 27;
const maxLacing = 255;
/** Pages that a stream begins with, which hold no sound. */
export const oggHeadPages = 2;
const maxUint32 = 0xffff_ffff;
/** Of a page's header and its table of lacing values, and of 255 segments of 255 bytes. */
export const maxOggPageBytes = oggPageHeaderBytes + maxLacing + maxLacing * 255;

const capturePattern = Uint8Array.of(0x4f, 0x67, 0x67, 0x53); // OggS
const pageFlag = { continued: 0x01, first: 0x02, last: 0x04 } as const;
const vendor = 'Friend-Lite';

/** Where in a stream its next page stands. */
export interface OggPosition {
  /** Tells one stream from others in a file. */
  readonly serial: number;
  /** The number of the next page. */
  readonly sequence: number;
  /** Sound before it, in ms from the start of the stream. */
  readonly ms: number;
}

/** What a stream begins with: who made it, and how (RFC 7845, section 5). */
export function oggHead(serial: number): {
  readonly bytes: Uint8Array;
  readonly next: OggPosition;
} {
  const first = makePage({ serial, sequence: 0, ms: 0 }, pageFlag.first, [opusHead()]);
  const second = makePage({ serial, sequence: 1, ms: 0 }, 0, [opusTags()]);
  return { bytes: joined([first, second]), next: { serial, sequence: 2, ms: 0 } };
}

/** Bytes of every head. */
export const oggHeadBytes = oggHead(0).bytes.byteLength;

/** Puts packets, whose framing is valid, on as few pages as possible; in the order given. */
export function oggPages(
  from: OggPosition,
  packets: readonly Uint8Array[],
): { readonly bytes: Uint8Array; readonly next: OggPosition } {
  const pages: Uint8Array[] = [];
  let next = from;
  let onPage: Uint8Array[] = [];
  let lacing = 0;
  let ms = from.ms;

  const turnPage = (): void => {
    if (onPage.length === 0) return;
    pages.push(makePage({ ...next, ms }, 0, onPage));
    next = { serial: from.serial, sequence: next.sequence + 1, ms };
    onPage = [];
    lacing = 0;
  };
  for (const packet of packets) {
    const needed = lacingOf(packet);
    if (lacing + needed > maxLacing) turnPage();
    onPage.push(packet);
    lacing += needed;
    ms += opusPacketDurationMs(packet) ?? 0;
  }
  turnPage();
  return { bytes: joined(pages), next };
}

/** The page that ends a stream; it holds no sound. */
export function oggEnd(at: OggPosition): Uint8Array {
  return makePage(at, pageFlag.last, []);
}

/**
 * Bytes of every end page: a header with no lacing behind it.
 *
 * @alias
 */
export const oggEndBytes = oggPageHeaderBytes;

/** A whole page whose checksum is right. */
export interface OggPage {
  /** All of it; a view into what was read. */
  readonly bytes: Uint8Array;
  readonly sequence: number;
  /** Whether its packets are sound: not on the pages of the head, nor on the one that ends the stream. */
  readonly hasSound: boolean;
  readonly isLast: boolean;
  /** Where its sound ends, in ms from the start of the stream; 0 where it has none. */
  readonly endMs: number;
  readonly packets: readonly Uint8Array[];
}

/** Bytes up to the end of the page that starts at `at`; null when there is none, or not all of it. */
function pageLength(bytes: Uint8Array, at: number): number | null {
  if (capturePattern.some((byte, index) => bytes[at + index] !== byte)) return null;
  const lacingCount = bytes[at + 26];
  if (lacingCount === undefined || bytes[at + 4] !== 0) return null;
  const body = oggPageHeaderBytes + lacingCount;
  if (at + body > bytes.byteLength) return null;
  let length = body;
  for (let index = oggPageHeaderBytes; index < body; index += 1) length += bytes[at + index] ?? 0;
  return at + length <= bytes.byteLength ? length : null;
}

/** The page that starts at `at`; null when there is no whole, undamaged one that can be read. */
export function readOggPage(bytes: Uint8Array, at: number): OggPage | null {
  const length = pageLength(bytes, at);
  if (length === null) return null;
  const page = bytes.subarray(at, at + length);
  const view = viewOf(page);
  const flags = page[5] ?? 0;
  if ((flags & pageFlag.continued) !== 0 || view.getUint32(22, true) !== oggChecksum(page))
    return null;
  const packets = packetsOf(page);
  if (!packets) return null;
  const granule = view.getUint32(6, true) + view.getUint32(10, true) * 2 ** 32;
  const sequence = view.getUint32(18, true);
  const hasSound = packets.length > 0 && sequence >= oggHeadPages;
  return {
    bytes: page,
    sequence,
    hasSound,
    isLast: (flags & pageFlag.last) !== 0,
    endMs: hasSound ? granule / granulesPerMs : 0,
    packets,
  };
}

/** The last whole page with sound in the bytes, wherever they begin and however they end; and where it ends. */
export function lastOggSound(
  bytes: Uint8Array,
): { readonly page: OggPage; readonly end: number } | null {
  for (let at = bytes.byteLength - oggPageHeaderBytes; at >= 0; at -= 1) {
    if (bytes[at] !== capturePattern[0]) continue;
    const page = readOggPage(bytes, at);
    if (page?.hasSound) return { page, end: at + page.bytes.byteLength };
  }
  return null;
}

/** Splits a stream that comes in pieces into its pages. */
export interface OggPageSplitter {
  /** The pages that the next bytes complete. Damage is passed over up to the next whole page. */
  push(bytes: Uint8Array): readonly OggPage[];
  /** The whole pages behind damage that looked like a page of which more was to come. Nothing follows. */
  end(): readonly OggPage[];
}

/** Keeps at most one page's worth of bytes. */
export function splitOggPages(): OggPageSplitter {
  let rest: Uint8Array = new Uint8Array();

  function split(all: Uint8Array, isEnd: boolean): readonly OggPage[] {
    const pages: OggPage[] = [];
    let at = 0;
    while (at < all.byteLength) {
      const page = readOggPage(all, at);
      if (page) {
        pages.push(page);
        at += page.bytes.byteLength;
      } else if (!isEnd && mayBeUnfinished(all, at)) {
        break;
      } else {
        at += 1;
      }
    }
    rest = all.slice(at);
    return pages;
  }

  return {
    push: (bytes) => split(rest.byteLength > 0 ? joined([rest, bytes]) : bytes, false),
    end: () => split(rest, true),
  };
}

/** Whether a page may start at `at` of which more is to come. */
function mayBeUnfinished(bytes: Uint8Array, at: number): boolean {
  const left = bytes.byteLength - at;
  if (left >= maxOggPageBytes || pageLength(bytes, at) !== null) return false;
  return capturePattern.every((byte, index) => index >= left || bytes[at + index] === byte);
}

/** The same page at another place, of a stream that goes on behind it. */
export function movedOggPage(page: OggPage, to: OggPosition): Uint8Array {
  const bytes = page.bytes.slice();
  bytes[5] = 0;
  place(bytes, to);
  return bytes;
}

/** Where the sound of a page with sound begins, in ms from the start of the stream. */
export function oggPageStartMs(page: OggPage): number {
  const durationMs = page.packets.reduce(
    (sum, packet) => sum + (opusPacketDurationMs(packet) ?? 0),
    0,
  );
  return page.endMs - durationMs;
}

/** `at.ms`: where the sound of the page ends. */
function makePage(at: OggPosition, flags: number, packets: readonly Uint8Array[]): Uint8Array {
  const lacingCount = packets.reduce((sum, packet) => sum + lacingOf(packet), 0);
  const bodyBytes = packets.reduce((sum, packet) => sum + packet.byteLength, 0);
  const page = new Uint8Array(oggPageHeaderBytes + lacingCount + bodyBytes);
  page.set(capturePattern);
  page[5] = flags;
  page[26] = lacingCount;
  let lacingAt = oggPageHeaderBytes;
  let bodyAt = oggPageHeaderBytes + lacingCount;
  for (const packet of packets) {
    // Segments of 255 bytes, and a shorter one, maybe empty, which ends the packet.
    const wholeSegments = Math.floor(packet.byteLength / 255);
    page.fill(255, lacingAt, lacingAt + wholeSegments);
    lacingAt += wholeSegments;
    page[lacingAt] = packet.byteLength % 255;
    lacingAt += 1;
    page.set(packet, bodyAt);
    bodyAt += packet.byteLength;
  }
  place(page, at);
  return page;
}

function place(page: Uint8Array, { serial, sequence, ms }: OggPosition): void {
  const view = viewOf(page);
  // On a page on which no packet ends, all bits are set (RFC 3533, section 6).
  const isEmpty = page[26] === 0;
  const granule = Math.round(ms * granulesPerMs);
  view.setUint32(6, isEmpty ? maxUint32 : granule % 2 ** 32, true);
  view.setUint32(10, isEmpty ? maxUint32 : Math.floor(granule / 2 ** 32), true);
  view.setUint32(14, serial, true);
  view.setUint32(18, sequence, true);
  view.setUint32(22, 0, true);
  view.setUint32(22, oggChecksum(page), true);
}

function packetsOf(page: Uint8Array): readonly Uint8Array[] | null {
  const lacingEnd = oggPageHeaderBytes + (page[26] ?? 0);
  const packets: Uint8Array[] = [];
  let start = lacingEnd;
  let end = lacingEnd;
  for (let index = oggPageHeaderBytes; index < lacingEnd; index += 1) {
    const segmentBytes = page[index] ?? 0;
    end += segmentBytes;
    if (segmentBytes === 255) continue;
    packets.push(page.subarray(start, end));
    start = end;
  }
  // What is left over is the beginning of a packet that continues on the next page.
  return start === end ? packets : null;
}

function lacingOf(packet: Uint8Array): number {
  return Math.floor(packet.byteLength / 255) + 1;
}

/** RFC 7845, section 5.1: mono, nothing to skip at the start, no gain. */
function opusHead(): Uint8Array {
  const bytes = new Uint8Array(19);
  const view = viewOf(bytes);
  bytes.set(ascii('OpusHead'));
  bytes[8] = 1;
  bytes[9] = 1;
  view.setUint16(10, 0, true);
  view.setUint32(12, 16_000, true);
  return bytes;
}

/** RFC 7845, section 5.2: who made it, and no comments. */
function opusTags(): Uint8Array {
  const bytes = new Uint8Array(8 + 4 + vendor.length + 4);
  bytes.set(ascii('OpusTags'));
  viewOf(bytes).setUint32(8, vendor.length, true);
  bytes.set(ascii(vendor), 12);
  return bytes;
}

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

function ascii(text: string): Uint8Array {
  return Uint8Array.from(text, (char) => char.charCodeAt(0));
}

function joined(parts: readonly Uint8Array[]): Uint8Array {
  const [first] = parts;
  if (first && parts.length === 1) return first;
  const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.byteLength, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.byteLength;
  }
  return whole;
}
