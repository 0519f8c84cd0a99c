import { parentPort, workerData } from 'node:worker_threads';
import { runInBackground } from '../../base/index.ts';
import { createHearing } from './hearing.ts';
import type { Parcel, StopMessage, WorkerMessage, WorkerSettings } from './parcel.ts';
import { loadSilero } from './silero.ts';
import { loadWebRtcVad } from './webrtc-vad.ts';

if (!parentPort) throw new Error('vad-worker.ts is the entry of a worker thread');
const port = parentPort;
const say = (message: WorkerMessage): void => port.postMessage(message);

runInBackground();
const { modelFile } = workerData as WorkerSettings;
const [webRtcVad, silero] = await Promise.all([loadWebRtcVad(), loadSilero(modelFile)]);
const hearing = createHearing({ webRtcVad, silero });

// What fails here ends the worker; the main thread notices and starts another.
port.on('message', (parcel: Parcel | StopMessage) => {
  if (parcel === 'stop') {
    // With nothing left to wait for, the thread ends by itself.
    port.close();
    return;
  }
  void hearing.hear(parcel).then((reports) => say({ kind: 'heard', reports }));
});
say({ kind: 'ready', info: hearing.info });
