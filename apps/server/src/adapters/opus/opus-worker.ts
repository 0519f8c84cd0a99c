import { parentPort } from 'node:worker_threads';
import { runInBackground } from '../../base/index.ts';
import { createDecoding } from './decoding.ts';
import type { Parcel } from './parcel.ts';

if (!parentPort) throw new Error('opus-worker.ts is the entry of a worker thread');
const port = parentPort;
runInBackground();
const decoding = createDecoding();

// What fails here ends the worker; the main thread notices and starts another.
port.on('message', (parcel: Parcel) => {
  const decoded = decoding.decode(parcel);
  port.postMessage(decoded, [decoded.samples.buffer as ArrayBuffer]);
});
