import {
  startUploadService,
  type UploadServiceOptions,
  type UploadSimulator,
  type UploadVendor,
} from '../audio-upload/index.ts';
import { modelListReply } from '../http-service/index.ts';
import { refusalReply, transcriptReply } from './answers.ts';
import { mistakeIn } from './rules.ts';

export interface MistralOptions extends UploadServiceOptions {
  readonly models?: readonly string[];
  /** Default: 512 MiB. */
  readonly maxFileBytes?: number;
}

/** Starts a scripted Mistral on loopback: transcriptions by Voxtral, and the list of models. */
export function startMistral({
  models = ['voxtral-mini-latest', 'voxtral-mini-2602'],
  maxFileBytes = 512 * 1024 * 1024,
  ...options
}: MistralOptions): Promise<UploadSimulator> {
  const vendor = {
    paths: { upload: '/v1/audio/transcriptions', models: '/v1/models' },
    modelsReply: () => modelListReply(models),
    maxFileBytes,
    wrongKey: { status: 401, message: 'Unauthorized' },
    refusalReply,
    mistakeIn: (upload) => mistakeIn(upload, models),
    answer: transcriptReply,
  } satisfies UploadVendor;
  return startUploadService(vendor, options);
}
