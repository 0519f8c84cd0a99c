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
export { jsonReply, modelListReply, textReply, type Refusal, type Reply } from './replies.ts';
export {
  startUploadService,
  type UploadServiceOptions,
  type UploadSimulator,
  type UploadVendor,
} from './server.ts';
export { fieldOf, type Upload } from './upload.ts';
