import {
  startUploadService,
  type UploadServiceOptions,
  type UploadSimulator,
  type UploadVendor,
} from '../audio-upload/index.ts';
import { modelListReply } from '../http-service/index.ts';
import { refusalReply, transcriptReply } from './answers.ts';
import { knownFormats, mistakeIn, type OpenAiRules } from './rules.ts';

export interface OpenAiAudioOptions extends UploadServiceOptions {
  /** Default `openai`. */
  readonly flavour?: OpenAiRules['flavour'];
  /** Default: OpenAI's. */
  readonly models?: readonly string[];
  /** Response formats that it takes, whatever the model; default: those that the model is known to have. */
  readonly responseFormats?: readonly string[];
  /** Granularities of times that it tells; default: words and segments. */
  readonly granularities?: readonly string[];
  /** Default: 25 MiB. */
  readonly maxFileBytes?: number;
}

const openAiModels = [
  'whisper-1',
  'gpt-4o-transcribe',
  'gpt-4o-mini-transcribe',
  'gpt-4o-transcribe-diarize',
];

/** Starts a scripted `/v1/audio/transcriptions` on loopback: OpenAI's, or that of a compatible server. */
export function startOpenAiAudio({
  flavour = 'openai',
  models = openAiModels,
  responseFormats,
  granularities = ['word', 'segment'],
  maxFileBytes = 25 * 1024 * 1024,
  ...options
}: OpenAiAudioOptions): Promise<UploadSimulator> {
  const rules: OpenAiRules = {
    flavour,
    models,
    formatsOf: (model) => responseFormats ?? knownFormats(model),
    granularities,
  };
  const vendor = {
    paths: { upload: '/v1/audio/transcriptions', models: '/v1/models' },
    modelsReply: () => modelListReply(models),
    maxFileBytes,
    wrongKey: {
      status: flavour === 'openai' ? 401 : 403,
      message: 'Incorrect API key provided.',
    },
    refusalReply: (refusal) => refusalReply(refusal, flavour),
    mistakeIn: (upload, durationMs) => mistakeIn(upload, durationMs, rules),
    answer: (sound, upload, fault) => transcriptReply(sound, upload, fault, flavour),
  } satisfies UploadVendor;
  return startUploadService(vendor, options);
}
