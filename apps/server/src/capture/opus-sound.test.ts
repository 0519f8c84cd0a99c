import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { captureIdSchema } from '@friend-lite/contract';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { segmentFiles } from '../adapters/filesystem/index.ts';
import { opusFormat, splitOggPages } from '../audio/index.ts';
import { fakeClock } from '../base/fake-clock.ts';
import { newHexId } from '../base/index.ts';
import {
  alice,
  fakeCaptureStore,
  fakeOpusDecoders,
  liveCapture,
  opusPacket,
  turns,
} from './fakes.ts';
import { createCaptureReader } from './reader.ts';
import { createRecorder } from './recorder.ts';

/** Opus captures in real files, read through a decoder that makes each packet a plateau of its value. */
let dataDir: string;
beforeEach(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'opus-'));
});
afterEach(() => rm(dataDir, { recursive: true }));

type Part =
  { readonly packets: number } | { readonly lostMs: number } | { readonly awayMs: number };

async function recorded(parts: readonly Part[], isEnded = true) {
  const store = fakeCaptureStore();
  const files = segmentFiles(dataDir);
  const clock = fakeClock();
  const decoders = fakeOpusDecoders();
  const capture = liveCapture({ id: captureIdSchema.parse(newHexId()), format: opusFormat });
  await store.add(capture);
  const recorder = createRecorder(
    capture,
    Promise.resolve(),
    { endMs: 0, nextIndex: 0, lastSeq: null },
    { store, files, clock },
    {
      onSound: () => undefined,
      onGap: () => undefined,
      onDurable: () => undefined,
      onPressure: () => undefined,
      onFailure: (error) => {
        throw error;
      },
    },
  );
  /** The value of each 20 ms: null where nobody recorded, 184 (the decoder's own) where a packet was lost. */
  const timeline: (number | null)[] = [];
  const packets: Uint8Array[] = [];
  let lostBeforeMs = 0;
  let value = 0;
  for (const part of parts) {
    if ('lostMs' in part) {
      lostBeforeMs = part.lostMs;
      continue;
    }
    if ('awayMs' in part) {
      recorder.skipTo(timeline.length * 20 + part.awayMs);
      timeline.push(...Array.from({ length: part.awayMs / 20 }, () => null));
      continue;
    }
    for (let packet = 0; packet < part.packets; packet += 1) {
      value = (value + 1) % 180;
      timeline.push(...Array.from({ length: lostBeforeMs / 20 }, () => 184), value);
      packets.push(opusPacket(value, 20 + value));
      recorder.push({ bytes: opusPacket(value, 20 + value), seq: null, lostBeforeMs });
      lostBeforeMs = 0;
      if (packet % 7 === 0) {
        clock.advance(25);
        await turns();
      }
    }
  }
  if (isEnded) {
    await recorder.finish();
  } else {
    clock.advance(100);
    await new Promise<void>((resolve) => recorder.afterwards(resolve));
  }
  // Of trailing time that nobody recorded there is nothing to read.
  while (timeline.at(-1) === null) timeline.pop();
  const pcm = new Int16Array(timeline.length * 320);
  timeline.forEach((each, index) => pcm.fill(each ?? 0, index * 320, (index + 1) * 320));
  const reader = createCaptureReader({ store, files, decoders });
  return {
    finish: () => recorder.finish(),
    capture,
    store,
    files,
    decoders,
    reader,
    timeline,
    packets,
    pcm: Buffer.from(pcm.buffer),
  };
}

async function bytesOf(
  sound: { read(start: number, end: number): AsyncIterable<Uint8Array> },
  start: number,
  end: number,
) {
  const chunks: Uint8Array[] = [];
  for await (const chunk of sound.read(start, end)) {
    expect(chunk.byteLength).toBeLessThanOrEqual(64 * 1024);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

const anyPart = fc.oneof(
  { weight: 3, arbitrary: fc.record({ packets: fc.integer({ min: 1, max: 60 }) }) },
  fc.record({ lostMs: fc.integer({ min: 1, max: 10 }).map((count) => count * 20) }),
  fc.record({ awayMs: fc.integer({ min: 1, max: 100 }).map((count) => count * 20) }),
);

describe('reading an Opus capture as PCM', () => {
  it('is exact in length and place, whatever part is read', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(anyPart, { minLength: 1, maxLength: 6 }),
        fc.tuple(fc.nat(4000), fc.nat(4000)),
        fc.tuple(fc.nat(100_000), fc.nat(100_000)),
        fc.boolean(),
        async (parts, [a, b], [c, d], isEnded) => {
          const { capture, reader, pcm, decoders, finish } = await recorded(parts, isEnded);
          const [startMs, endMs] = [Math.min(a, b), Math.max(a, b)];
          const range = await reader.openRange(alice, [{ captureId: capture.id, startMs, endMs }]);
          const expected = pcm.subarray(startMs * 32, endMs * 32);
          expect(range.byteCount).toBe(expected.byteLength);
          const [start, end] = [Math.min(c, d) & ~1, Math.max(c, d) & ~1];
          const part = await bytesOf(range, start, Math.min(end, range.byteCount));
          expect(part.equals(expected.subarray(start, end))).toBe(true);
          expect(decoders.openStreams).toBe(0);
          await finish();
        },
      ),
      { numRuns: 40 },
    );
  });

  it('spans segments with one decoder, and decodes little more than is asked for', async () => {
    const { capture, reader, pcm, decoders, store } = await recorded([{ packets: 6_100 }]);
    expect(store.segmentRecords.size).toBe(3);
    const range = await reader.openRange(alice, [
      { captureId: capture.id, startMs: 0, endMs: Infinity },
    ]);
    expect((await bytesOf(range, 0, range.byteCount)).equals(pcm)).toBe(true);
    decoders.decodedPackets = 0;
    const from = 60_000 * 32;
    expect(await bytesOf(range, from, from + 32_000)).toEqual(pcm.subarray(from, from + 32_000));
    // 1 s, and 80 ms of pre-roll from the segment before.
    expect(decoders.decodedPackets).toBe(54);
  });

  it('lists lost packets as gaps, together with time nobody recorded', async () => {
    const { capture, reader } = await recorded([
      { packets: 5 },
      { lostMs: 40 },
      { packets: 5 },
      { awayMs: 200 },
      { packets: 5 },
    ]);
    const range = await reader.openRange(alice, [
      { captureId: capture.id, startMs: 50, endMs: Infinity },
    ]);
    expect(range.gaps).toEqual([
      { startMs: 50, endMs: 90 },
      { startMs: 190, endMs: 390 },
    ]);
  });

  it('fails when the decoder does, and lets go of it', async () => {
    const { capture, reader, decoders } = await recorded([{ packets: 5 }]);
    const range = await reader.openRange(alice, [
      { captureId: capture.id, startMs: 0, endMs: 100 },
    ]);
    decoders.failure = new Error('died');
    await expect(bytesOf(range, 0, 3200)).rejects.toThrow('died');
    expect(decoders.openStreams).toBe(0);
  });

  it('leaves out a segment whose sound was removed', async () => {
    const { capture, reader, store, pcm } = await recorded([
      { packets: 5 },
      { awayMs: 100 },
      { packets: 5 },
    ]);
    const [first] = await store.segments(alice, capture.id);
    if (first) await store.putSegment({ ...first, removedAt: 1 });
    const range = await reader.openRange(alice, [
      { captureId: capture.id, startMs: 0, endMs: Infinity },
    ]);
    expect(range.gaps).toEqual([
      { startMs: 0, endMs: 100, isRemoved: true },
      { startMs: 100, endMs: 200 },
    ]);
    const sound = await bytesOf(range, 0, range.byteCount);
    expect(sound.subarray(200 * 32)).toEqual(pcm.subarray(200 * 32));
    expect(sound.subarray(0, 200 * 32)).toEqual(Buffer.alloc(200 * 32));
  });
});

describe('an Opus capture as one Ogg file', () => {
  it('holds every packet as it arrived, at its time, in one stream', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(anyPart, { minLength: 1, maxLength: 6 }),
        fc.boolean(),
        async (parts, isEnded) => {
          const { capture, reader, packets, timeline, finish } = await recorded(parts, isEnded);
          const ogg = await reader.openOgg(capture);
          const file = await bytesOf(ogg, 0, ogg.byteCount);
          expect(file).toHaveLength(ogg.byteCount);
          const splitter = splitOggPages();
          const pages = [...splitter.push(file), ...splitter.end()];
          expect(pages.map(({ sequence }) => sequence)).toEqual(pages.map((_, index) => index));
          expect(pages.map(({ isLast }) => isLast)).toEqual(
            pages.map((_, index) => index === pages.length - 1),
          );
          const sound = pages.filter(({ hasSound }) => hasSound);
          expect(
            sound
              .flatMap((page) => page.packets)
              .filter((packet) => packet.byteLength > 1)
              .map((packet) => Uint8Array.from(packet)),
          ).toEqual(packets);
          expect(sound.at(-1)?.endMs ?? 0).toBe(timeline.length * 20);
          await finish();
        },
      ),
      { numRuns: 40 },
    );
  });

  it('is the same file in any parts', async () => {
    const { capture, reader } = await recorded([
      { packets: 80 },
      { awayMs: 700_000 },
      { packets: 60 },
      { lostMs: 60 },
      { packets: 9 },
    ]);
    const ogg = await reader.openOgg(capture);
    const file = await bytesOf(ogg, 0, ogg.byteCount);
    const at = fc.nat(ogg.byteCount);
    await fc.assert(
      fc.asyncProperty(at, at, async (a, b) => {
        const [start, end] = [Math.min(a, b), Math.max(a, b)];
        expect((await bytesOf(ogg, start, end)).equals(file.subarray(start, end))).toBe(true);
      }),
      { numRuns: 60 },
    );
  });
});
