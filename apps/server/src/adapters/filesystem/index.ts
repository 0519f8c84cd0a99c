export { croppedFiles } from './cropped-files.ts';
export { segmentFiles } from './segment-files.ts';
export { ensureWritable, freeBytes } from './writable.ts';
