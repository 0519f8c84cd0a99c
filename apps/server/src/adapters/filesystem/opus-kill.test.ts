import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import type { ServerSocketMessage } from '@friend-lite/contract';
import { splitOggPages } from '../../audio/index.ts';
import { silentLog, systemClock } from '../../base/index.ts';
import { fakeCaptureStore } from '../../capture/fakes.ts';
import {
  repairCaptures,
  type Capture,
  type CaptureStore,
  type Segment,
} from '../../capture/index.ts';
import { createOngoingCapture } from '../../capture/ongoing-capture.ts';
import { numberedPacket, numberOf } from './numbered-packet.fixture.ts';
import { segmentFiles } from './segment-files.ts';

const child = fileURLToPath(new URL('./opus-recording-child.fixture.ts', import.meta.url));
const maxLossMs = 250;

/** Records in a process of its own and kills it after `ms`. Returns what it sent, was told, and had on record. */
async function recordUntilKilled(dataDir: string, ms: number) {
  const recording = spawn(process.execPath, [child, dataDir], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let told = '';
  recording.stdout.setEncoding('utf8').on('data', (text: string) => (told += text));
  await once(recording.stdout, 'data');
  await new Promise((resolve) => setTimeout(resolve, ms));
  recording.kill('SIGKILL');
  await once(recording, 'close');

  const store = fakeCaptureStore();
  let sent = 0;
  let acknowledged = 0;
  for (const line of told.trimEnd().split('\n')) {
    const at = line.indexOf(' ');
    const content: unknown = JSON.parse(line.slice(at + 1));
    switch (line.slice(0, at)) {
      case 'capture':
        await store.add(content as Capture);
        break;
      case 'segment':
        await store.putSegment(content as Segment);
        break;
      case 'sent':
        sent = content as number;
        break;
      case 'told': {
        const message = content as ServerSocketMessage;
        if (message.type === 'ack') acknowledged = message.data.seq;
      }
    }
  }
  return { store, sent, acknowledged };
}

/** Repairs, goes on with the capture, and sends again what was not durable, as its device does. */
async function resumeAndFinish(dataDir: string, store: CaptureStore, lastSent: number) {
  const files = segmentFiles(dataDir);
  const [recovered] = await repairCaptures({ store, files, log: silentLog });
  if (!recovered) throw new Error('nothing was recovered');
  const { capture, ...from } = recovered;
  const ongoing = createOngoingCapture(
    capture,
    { type: 'recovered', ...from },
    { store, files, clock: systemClock, log: silentLog, reconnectGraceMs: 60_000 },
    {
      onEvent: () => undefined,
      onPressure: () => undefined,
      onDurable: () => undefined,
      onFailure: () => undefined,
      onOver: () => undefined,
    },
  );
  const resumedFrom = ongoing.durableSeq;
  ongoing.handOver();
  for (let seq = resumedFrom + 1; seq <= lastSent; seq += 1) {
    ongoing.push({ bytes: numberedPacket(seq), seq, lostBeforeMs: 0 });
  }
  ongoing.end('stop');
  await ongoing.settle();

  const stored: number[] = [];
  const segments = await store.segments(capture.userId, capture.id);
  for (const segment of segments) {
    const pages = splitOggPages();
    for await (const chunk of files.read(segment, 0, segment.byteCount)) {
      for (const page of pages.push(chunk)) {
        if (page.hasSound) stored.push(...page.packets.map(numberOf));
      }
    }
  }
  return { resumedFrom, stored, segments, durableSeq: ongoing.durableSeq };
}

describe('kill -9 while recording numbered Opus frames', () => {
  it.concurrent.each([400, 733, 1100, 1537, 1961, 2222])(
    'after %i ms loses no durable frame, and resending leaves neither duplicate nor hole',
    async (ms) => {
      const dataDir = await mkdtemp(join(tmpdir(), 'killed-opus-'));
      try {
        const { store, sent, acknowledged } = await recordUntilKilled(dataDir, ms);
        const lastSent = sent + 50;
        const { resumedFrom, stored, segments, durableSeq } = await resumeAndFinish(
          dataDir,
          store,
          lastSent,
        );
        expect(resumedFrom).toBeGreaterThanOrEqual(acknowledged);
        expect((sent - resumedFrom) * 20).toBeLessThanOrEqual(maxLossMs);
        expect(stored).toEqual(Array.from({ length: lastSent }, (_, index) => index + 1));
        expect(durableSeq).toBe(lastSent);
        expect(segments.every(({ isSealed, lastSeq }) => isSealed && lastSeq !== null)).toBe(true);
        // Without a space between them: what was sent again follows what was there.
        expect(segments.map(({ startMs }) => startMs)).toEqual([0, resumedFrom * 20]);
        const directory = join(dataDir, 'audio', segments[0]!.userId, segments[0]!.captureId);
        expect((await readdir(directory)).sort()).toEqual(['000000.ogg', '000001.ogg']);
      } finally {
        await rm(dataDir, { recursive: true });
      }
    },
  );
});
