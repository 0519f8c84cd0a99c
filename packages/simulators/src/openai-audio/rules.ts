import { fieldOf, type Upload } from '../audio-upload/index.ts';
import { type Refusal } from '../http-service/index.ts';

/** What a server takes; OpenAI's own models differ, compatible servers have theirs. */
export interface OpenAiRules {
  /** `openai`: OpenAI itself; `speaches`: speaches, or faster-whisper-server before it was called that. */
  readonly flavour: 'openai' | 'speaches';
  readonly models: readonly string[];
  /** The response formats of a model. */
  formatsOf(model: string): readonly string[];
  /** Granularities of times that it tells. */
  readonly granularities: readonly string[];
}

const whisperFormats = ['json', 'text', 'srt', 'verbose_json', 'vtt'];

/** The response formats of OpenAI's models, as its reference has them; everything else is like Whisper. */
export function knownFormats(model: string): readonly string[] {
  if (isDiarizing(model)) return ['json', 'text', 'diarized_json'];
  return model.startsWith('gpt-') ? ['json'] : whisperFormats;
}

const knownFields = [
  'model',
  'language',
  'prompt',
  'response_format',
  'temperature',
  'timestamp_granularities[]',
  'chunking_strategy',
];
/** Longer sound must be cut by the service, ms. */
const unchunkedMs = 30_000;
const shortestMs = 100;

/** What is wrong with the fields of a request; null when nothing is. */
export function mistakeIn(upload: Upload, durationMs: number, rules: OpenAiRules): Refusal | null {
  return (
    modelMistake(upload, rules) ??
    fieldsMistake(upload, rules) ??
    formMistake(upload, rules) ??
    soundMistake(upload, durationMs)
  );
}

function modelMistake(upload: Upload, { models, flavour }: OpenAiRules): Refusal | null {
  const model = fieldOf(upload, 'model');
  if (model === undefined) return bad('you must provide a model parameter', 'model');
  if (models.includes(model)) return null;
  const message =
    flavour === 'openai'
      ? `The model '${model}' does not exist or you do not have access to it.`
      : `Model '${model}' is not installed locally.`;
  return { status: 404, message, code: 'model_not_found' };
}

function fieldsMistake({ fields }: Upload, { flavour }: OpenAiRules): Refusal | null {
  const unknown = Object.keys(fields).find((name) => !knownFields.includes(name));
  if (flavour === 'openai' && unknown !== undefined) {
    return bad(`Unrecognized request argument supplied: ${unknown}`, unknown);
  }
  const language = fields.language?.[0];
  if (language !== undefined && !/^[a-z]{2}$/.test(language)) {
    return bad('Language parameter must be specified in ISO-639-1 format.', 'language');
  }
  return null;
}

function formMistake(upload: Upload, rules: OpenAiRules): Refusal | null {
  const model = fieldOf(upload, 'model') ?? '';
  const format = fieldOf(upload, 'response_format') ?? 'json';
  const granularities = upload.fields['timestamp_granularities[]'] ?? [];
  if (!rules.formatsOf(model).includes(format)) {
    const message = `response_format '${format}' is not compatible with model '${model}'. Use 'json' or 'text' instead.`;
    return { ...bad(message, 'response_format'), code: 'unsupported_value' };
  }
  if (granularities.length > 0 && format !== 'verbose_json') {
    const message = 'timestamp_granularities needs response_format verbose_json.';
    return bad(message, 'timestamp_granularities[]');
  }
  const unknown = granularities.find((each) => !rules.granularities.includes(each));
  if (unknown !== undefined) {
    return bad(
      `timestamp_granularities: '${unknown}' is not supported.`,
      'timestamp_granularities[]',
    );
  }
  if (isDiarizing(model) && fieldOf(upload, 'prompt') !== undefined) {
    return bad(`prompt is not supported by model '${model}'.`, 'prompt');
  }
  return null;
}

function soundMistake(upload: Upload, durationMs: number): Refusal | null {
  if (durationMs < shortestMs) {
    const message = 'Audio file is too short. Minimum audio length is 0.1 seconds.';
    return { ...bad(message, 'file'), code: 'audio_too_short' };
  }
  const needsChunks = isDiarizing(fieldOf(upload, 'model') ?? '') && durationMs > unchunkedMs;
  if (needsChunks && fieldOf(upload, 'chunking_strategy') === undefined) {
    return bad('chunking_strategy is required for diarization models.', 'chunking_strategy');
  }
  return null;
}

function isDiarizing(model: string): boolean {
  return model.includes('diarize');
}

function bad(message: string, param: string): Refusal {
  return { status: 400, message, param };
}
