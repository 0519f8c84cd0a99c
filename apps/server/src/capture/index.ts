export { createCaptures, type Captures, type Connection } from './captures.ts';
export type { ActiveDevice } from './devices.ts';
export { createHeldSession } from './held-session.ts';
export { createIntakeCounts, type IntakeCounts } from './intake-counts.ts';
export * from './ports.ts';
export { createCaptureReader, type CaptureReader, type SoundRange } from './reader.ts';
export { repairCaptures } from './repair.ts';
export { closeWith, type SocketLink } from './socket-link.ts';
export type { CaptureEvent } from './taps.ts';
export {
  createStorageGuard,
  type Admission,
  type SpaceReserve,
  type StorageGuard,
} from './storage-guard.ts';
export {
  createCaptureUpkeep,
  type CaptureUpkeep,
  type LosslessCodec,
  type Packed,
  type SegmentPacking,
  type UpkeepStore,
} from './upkeep.ts';
export {
  checkCaptures,
  type CheckProgress,
  type SegmentFaultKind,
  type SegmentInspection,
} from './check.ts';
export type { PastSound, RecordingWriter } from './sound-frame.ts';
export { openSoundFile, type SoundFile } from './sound-file.ts';
export * from './upload-ports.ts';
export { createUploads, type IncomingUpload, type Upload, type Uploads } from './uploads.ts';
