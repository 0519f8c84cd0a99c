export { createCaptures, type ActiveDevice, type Captures } from './captures.ts';
export * from './ports.ts';
export { createCaptureReader, type CaptureReader, type SoundRange } from './reader.ts';
export { repairCaptures } from './repair.ts';
export { closeWith, type SocketLink } from './socket-link.ts';
export type { CaptureEvent } from './taps.ts';
