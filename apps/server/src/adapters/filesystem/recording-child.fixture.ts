import { writeSync } from 'node:fs';
import { clientIdSchema, userIdSchema } from '@friend-lite/contract';
import { silentLog, systemClock } from '../../base/index.ts';
import { createCaptures, type CaptureStore } from '../../capture/index.ts';
import { segmentFiles } from './segment-files.ts';

/**
 * A process that records until it is killed: for each frame of 20 ms it first says on its standard output
 * that it sends it, then sends it. Every sample of frame n is n. Its records are of no use to anybody.
 */
const frameMs = 20;
const [dataDir = ''] = process.argv.slice(2);

const noRecords: CaptureStore = {
  add: async () => undefined,
  update: async () => undefined,
  find: async () => null,
  listUnsealed: async () => [],
  putSegment: async (segment) => {
    writeSync(1, `segment ${segment.captureId} ${segment.index}\n`);
  },
  removeSegment: async () => undefined,
  segments: async () => [],
};

const captures = createCaptures({
  store: noRecords,
  files: segmentFiles(dataDir),
  clock: systemClock,
  log: silentLog,
  onDevice: () => undefined,
  maxLateMs: 0,
  reconnectGraceMs: 60_000,
});
const session = captures.connect({
  userId: userIdSchema.parse('665f00000000000000a11ce0'),
  clientId: clientIdSchema.parse('a11ce0-phone'),
  deviceName: 'phone',
  link: {
    send: () => undefined,
    close: () => undefined,
    pause: () => undefined,
    resume: () => undefined,
    isAlive: async () => true,
  },
});

// Never two frames at once: a process that was held up by others must not be blamed for what it makes up for.
let frame = 0;
setInterval(() => {
  writeSync(1, `frame ${frame}\n`);
  session.onBinary(new Uint8Array(new Int16Array(16 * frameMs).fill(frame).buffer));
  frame += 1;
}, frameMs);
