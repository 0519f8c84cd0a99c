export type { AudioUploadFault } from './faults.ts';
export {
  seconds,
  secondsOf,
  segmentsOf,
  speakerNumbers,
  textOf,
  type HeardSound,
  type HeardWord,
} from './heard-sound.ts';
export {
  startUploadService,
  type UploadServiceOptions,
  type UploadSimulator,
  type UploadVendor,
} from './server.ts';
export { fieldOf, type Upload } from './upload.ts';
