import { parentPort } from 'node:worker_threads';
import { createDecoding } from './decoding.ts';
import type { Decoded, Parcel } from './parcel.ts';

if (!parentPort) throw new Error('opus-worker.ts is the entry of a worker thread');
const port = parentPort;
// The library writes a line for every packet that it cannot decode; they are counted instead.
// eslint-disable-next-line no-console -- set, not used
console.error = () => undefined;
const decoding = createDecoding();

// What fails here ends the worker; the main thread notices and starts another.
port.on('message', (parcel: Parcel) => {
  void decoding.decode(parcel).then((decoded: Decoded) => {
    port.postMessage(decoded, [decoded.samples.buffer as ArrayBuffer]);
  });
});
