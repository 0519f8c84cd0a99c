import { closeSync, fstatSync, globSync, openSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { frameBytes, type DeviceTruth } from '@friend-lite/simulators';
import { splitOggPages } from '../apps/server/src/audio/index.ts';

const lookEveryMs = 2;
const wavHeaderBytes = 44;

/** Watches the first file of a recording grow. */
export interface DiskWatch {
  /**
   * How long each of the frames seen being written took from the device to the file, ms. Written, a frame survives the
   * death of the server.
   */
  delaysMs(truth: DeviceTruth): readonly number[];
  [Symbol.dispose](): void;
}

/** @throws when the capture has no file yet. */
export function watchDisk(dataDir: string, captureId: string): DiskWatch {
  const [path] = globSync(join(dataDir, 'audio', '*', captureId, '000000.{wav,ogg}'));
  if (path === undefined) throw new Error(`${captureId} has no file yet`);
  const fd = openSync(path, 'r');
  const seen: { readonly at: number; readonly bytes: number }[] = [];
  const look = (): void => {
    const bytes = fstatSync(fd).size;
    if (bytes === seen.at(-1)?.bytes) return;
    seen.push({ at: performance.timeOrigin + performance.now(), bytes });
  };
  look();
  const timer = setInterval(look, lookEveryMs);
  return {
    delaysMs({ handedAt }) {
      const ends = path.endsWith('.ogg') ? packetEnds(path) : pcmEnds(handedAt.length);
      const delays: number[] = [];
      let next = 1;
      const first = seen[0]?.bytes ?? 0;
      for (const [frame, endByte] of ends.entries()) {
        if (endByte <= first) continue;
        while (next < seen.length && (seen[next]?.bytes ?? 0) < endByte) next += 1;
        const growth = seen[next];
        const at = handedAt[frame];
        if (!growth || at === undefined) break;
        delays.push(growth.at - at);
      }
      return delays;
    },
    [Symbol.dispose]() {
      clearInterval(timer);
      closeSync(fd);
    },
  };
}

/** Where each frame ends in the file. */
function pcmEnds(frames: number): readonly number[] {
  return Array.from({ length: frames }, (_, frame) => wavHeaderBytes + (frame + 1) * frameBytes);
}

/** Where the page ends that holds each packet. */
function packetEnds(path: string): readonly number[] {
  const splitter = splitOggPages();
  const ends: number[] = [];
  let endByte = 0;
  for (const page of [...splitter.push(readFileSync(path)), ...splitter.end()]) {
    endByte += page.bytes.byteLength;
    if (page.hasSound)
      for (let count = page.packets.length; count > 0; count -= 1) ends.push(endByte);
  }
  return ends;
}
