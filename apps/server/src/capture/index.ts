export {
  createCaptures,
  type ActiveDevice,
  type CaptureSession,
  type Captures,
  type CapturesDeps,
} from './captures.ts';
export * from './ports.ts';
export {
  createCaptureReader,
  type CaptureReader,
  type CaptureSpan,
  type SoundRange,
} from './reader.ts';
export { repairCaptures, type RecoveredCapture } from './repair.ts';
export { closeWith, type SocketLink } from './socket-link.ts';
export type { CaptureEvent, CaptureListener } from './taps.ts';
