import { writeSync } from 'node:fs';
import { recordingSession } from './recording-session.fixture.ts';

/**
 * A process that records until it is killed: for each frame of 20 ms it first says on its standard output
 * that it sends it, then sends it. Every sample of frame n is n. Its records are of no use to anybody.
 */
const frameMs = 20;
const [dataDir = ''] = process.argv.slice(2);

const session = recordingSession({
  dataDir,
  onSegment: ({ captureId, index }) => writeSync(1, `segment ${captureId} ${index}\n`),
});

// Never two frames at once: a process that was held up by others must not be blamed for what it makes up for.
let frame = 0;
setInterval(() => {
  writeSync(1, `frame ${frame}\n`);
  session.onBinary(new Uint8Array(new Int16Array(16 * frameMs).fill(frame).buffer));
  frame += 1;
}, frameMs);
