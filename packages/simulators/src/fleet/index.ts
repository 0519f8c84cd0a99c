export { checkOpus, checkPcm, type Findings } from './check.ts';
export { opusPackets } from './opus-packets.ts';
export { frameBytes, frameMs, pcmFrame } from './pcm-frames.ts';
export { seededRandom } from './random.ts';
export { plainDevice, type DeviceSpec } from './spec.ts';
export { startFleet } from './start.ts';
export { stormDrops } from './storm.ts';
export { missedSpans, type DeviceTruth } from './truth.ts';
