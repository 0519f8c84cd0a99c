import { writeSync } from 'node:fs';
import { numberedPacket } from './numbered-packet.fixture.ts';
import { recordingSession } from './recording-session.fixture.ts';

/**
 * A process that records numbered Opus frames of 20 ms until it is killed. On its standard output it says of
 * each that it sends it, before it does; what its device is told; and its records, before they count.
 */
const frameMs = 20;
const [dataDir = ''] = process.argv.slice(2);
const say = (word: string, content: unknown): void => {
  writeSync(1, `${word} ${JSON.stringify(content)}\n`);
};

const session = recordingSession({
  dataDir,
  onCapture: (capture) => say('capture', capture),
  onSegment: (segment) => say('segment', segment),
  send: (message) => say('told', message),
  codec: 'opus',
  isNumbered: true,
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
