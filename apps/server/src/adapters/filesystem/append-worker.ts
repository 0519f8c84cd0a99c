import { writeSync } from 'node:fs';
import { parentPort } from 'node:worker_threads';
import type { AppendFailures, AppendParcel } from './append-parcel.ts';

if (!parentPort) throw new Error('append-worker.ts is the entry of a worker thread');
const port = parentPort;

port.on('message', ({ fds, positions, lengths, bytes }: AppendParcel) => {
  const failures: AppendFailures[number][] = [];
  let from = 0;
  for (const [index, fd] of fds.entries()) {
    const length = lengths[index] ?? 0;
    try {
      write(fd, bytes, from, length, positions[index] ?? 0);
    } catch (error) {
      const { code = 'EIO', message } = error as NodeJS.ErrnoException;
      failures.push({ index, code, message });
    }
    from += length;
  }
  port.postMessage(failures);
});

/** All of it, or throws: a short write is rare (a signal, a disk filling up). */
function write(
  fd: number,
  bytes: Uint8Array,
  from: number,
  length: number,
  position: number,
): void {
  for (let done = 0; done < length;) {
    done += writeSync(fd, bytes, from + done, length - done, position + done);
  }
}
