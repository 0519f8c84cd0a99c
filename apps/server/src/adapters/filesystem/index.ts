export { startAppendThread } from './append-thread.ts';
export { croppedFiles } from './cropped-files.ts';
export { packedSegments } from './packed-segments.ts';
export { segmentFiles } from './segment-files.ts';
export { segmentInspection } from './segment-inspection.ts';
export { spaceReserve } from './space-reserve.ts';
export { userFiles } from './user-files.ts';
export { uploadFiles } from './upload-files.ts';
export { ensureWritable, freeBytes } from './writable.ts';
