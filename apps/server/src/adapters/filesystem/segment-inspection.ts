import { createReadStream } from 'node:fs';
import { open, stat } from 'node:fs/promises';
import {
  parseWav,
  splitOggPages,
  wavHeaderBytes,
  type AudioFormat,
  type PcmFormat,
} from '../../audio/index.ts';
import type {
  LosslessCodec,
  Segment,
  SegmentFaultKind,
  SegmentInspection,
} from '../../capture/index.ts';
import { segmentPath } from './segment-path.ts';

/** Less than a sample of any rate that is stored. */
const toleranceMs = 0.01;

/** Looks at the files themselves, past every cache. A packed file is decoded only where the codec is present. */
export function segmentInspection(dataDir: string, codec: LosslessCodec): SegmentInspection {
  async function inspectPcm(
    segment: Segment,
    format: PcmFormat,
    signal: AbortSignal,
  ): Promise<readonly SegmentFaultKind[]> {
    const wav = segmentPath(dataDir, segment, 'wav');
    const size = await sizeOf(wav);
    if (size !== null) return inspectWav(wav, size, segment, format);
    const flac = segmentPath(dataDir, segment, 'flac');
    const packedSize = await sizeOf(flac);
    if (packedSize === null) return ['missing'];
    const sizeFault: readonly SegmentFaultKind[] =
      segment.packedByteCount === undefined || segment.packedByteCount === packedSize
        ? []
        : ['size'];
    if (!(await codec.isPresent())) return sizeFault;
    try {
      const pcm = await codec.decode(flac, signal);
      return pcm.byteLength === segment.byteCount ? sizeFault : [...sizeFault, 'duration'];
    } catch {
      signal.throwIfAborted();
      return [...sizeFault, 'damaged'];
    }
  }

  return {
    async inspect(segment, format: AudioFormat, signal) {
      if (!segment.isSealed) return [];
      if (segment.removedAt !== undefined) {
        for (const extension of ['wav', 'ogg', 'flac'] as const) {
          if ((await sizeOf(segmentPath(dataDir, segment, extension))) !== null) {
            return ['left-over'];
          }
        }
        return [];
      }
      return format.encoding === 'opus'
        ? inspectOgg(segmentPath(dataDir, segment, 'ogg'), segment)
        : inspectPcm(segment, format, signal);
    },
  };
}

async function inspectWav(
  path: string,
  size: number,
  { byteCount }: Segment,
  format: PcmFormat,
): Promise<readonly SegmentFaultKind[]> {
  const faults: SegmentFaultKind[] = [];
  if (size !== wavHeaderBytes + byteCount) faults.push('size');
  const header = await firstBytes(path, wavHeaderBytes);
  const parsed = parseWav(header);
  const isRight =
    parsed.kind === 'wav' &&
    parsed.format.sampleRateHz === format.sampleRateHz &&
    parsed.format.channels === format.channels &&
    parsed.dataOffset === wavHeaderBytes &&
    dataSizeIn(header) === byteCount;
  if (!isRight) faults.push('header');
  return faults;
}

/** Every byte belongs to a page whose checksum is right, the pages are numbered, and the last ends in time. */
async function inspectOgg(path: string, segment: Segment): Promise<readonly SegmentFaultKind[]> {
  const size = await sizeOf(path);
  if (size === null) return ['missing'];
  const faults = new Set<SegmentFaultKind>();
  if (size !== segment.byteCount) faults.add('size');
  const splitter = splitOggPages();
  let whole = 0;
  let count = 0;
  let endMs = 0;
  for await (const chunk of createReadStream(path) as AsyncIterable<Uint8Array>) {
    for (const page of splitter.push(chunk)) {
      if (page.sequence !== count) faults.add('damaged');
      count += 1;
      whole += page.bytes.byteLength;
      endMs = Math.max(endMs, page.endMs);
    }
  }
  if (whole !== size) faults.add('damaged');
  else if (Math.abs(endMs - segment.durationMs) > toleranceMs) faults.add('duration');
  return [...faults];
}

/** What the header says of the sound's size: the last four of its 44 bytes. */
function dataSizeIn(header: Uint8Array): number {
  return new DataView(header.buffer, header.byteOffset).getUint32(wavHeaderBytes - 4, true);
}

async function firstBytes(path: string, count: number): Promise<Uint8Array> {
  const file = await open(path, 'r');
  try {
    const bytes = new Uint8Array(count);
    await file.read(bytes, 0, count, 0);
    return bytes;
  } finally {
    await file.close();
  }
}

async function sizeOf(path: string): Promise<number | null> {
  try {
    return (await stat(path)).size;
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return null;
    throw error;
  }
}
