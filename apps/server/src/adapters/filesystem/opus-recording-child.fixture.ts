import { writeSync } from 'node:fs';
import { clientIdSchema, userIdSchema } from '@friend-lite/contract';
import { silentLog, systemClock } from '../../base/index.ts';
import { createCaptures, type CaptureStore } from '../../capture/index.ts';
import { numberedPacket } from './numbered-packet.fixture.ts';
import { segmentFiles } from './segment-files.ts';

/**
 * A process that records numbered Opus frames of 20 ms until it is killed. On its standard output it says of
 * each that it sends it, before it does; what its device is told; and its records, before they count.
 */
const frameMs = 20;
const [dataDir = ''] = process.argv.slice(2);
const say = (word: string, content: unknown): void => {
  writeSync(1, `${word} ${JSON.stringify(content)}\n`);
};

const toldRecords: CaptureStore = {
  add: async (capture) => say('capture', capture),
  update: async () => undefined,
  find: async () => null,
  listUnsealed: async () => [],
  putSegment: async (segment) => say('segment', segment),
  removeSegment: async () => undefined,
  segments: async () => [],
};

const captures = createCaptures({
  store: toldRecords,
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
  codec: 'opus',
  isNumbered: true,
  link: {
    send: (message) => say('told', message),
    close: () => undefined,
    pause: () => undefined,
    resume: () => undefined,
    isAlive: async () => true,
  },
});

let seq = 0;
setInterval(() => {
  seq += 1;
  say('sent', seq);
  const packet = numberedPacket(seq);
  const header = { type: 'audio-chunk', data: { seq }, payload_length: packet.byteLength };
  session.onText(`${JSON.stringify(header)}\n`);
  session.onBinary(packet);
}, frameMs);
