import type { HearingHints } from '../../transcription/index.ts';

/** What a server may be asked for about the sound, beside the words. */
export interface AnswerForm {
  readonly responseFormat: 'verbose_json' | 'diarized_json' | 'json';
  readonly granularities: readonly ('word' | 'segment')[];
  /** The times that such an answer tells. */
  readonly timestamps: 'word' | 'segment' | 'none';
}

const wordTimes: AnswerForm = {
  responseFormat: 'verbose_json',
  granularities: ['word', 'segment'],
  timestamps: 'word',
};
const segmentTimes: AnswerForm = {
  responseFormat: 'verbose_json',
  granularities: [],
  timestamps: 'segment',
};
const speakers: AnswerForm = {
  responseFormat: 'diarized_json',
  granularities: [],
  timestamps: 'segment',
};
const textAlone: AnswerForm = { responseFormat: 'json', granularities: [], timestamps: 'none' };

/**
 * What to ask a model for: the best first, and what follows when it is refused. OpenAI's own later models are known to
 * refuse `verbose_json`; everything else is Whisper, or takes itself for it.
 * Source: OpenAI, API reference, createTranscription, `response_format`.
 */
export function answerForms(model: string): readonly [AnswerForm, ...AnswerForm[]] {
  if (tellsSpeakers(model)) return [speakers, textAlone];
  if (/^gpt-/i.test(model)) return [textAlone];
  return [wordTimes, segmentTimes, textAlone];
}

/** Whether it is a model that tells speakers apart; it takes no prompt. */
export function tellsSpeakers(model: string): boolean {
  return /diarize/i.test(model);
}

/**
 * The form to ask for after `refused` was refused with this body; null when the refusal is about something else, or
 * nothing is left to ask for. Servers name the parameter in their own words, but they name it.
 */
export function nextForm(
  forms: readonly AnswerForm[],
  refused: AnswerForm,
  body: string,
): AnswerForm | null {
  const rest = forms.slice(forms.indexOf(refused) + 1);
  if (/granularit/i.test(body)) return rest[0] ?? null;
  if (!/response[_ ]format|verbose_json|diarized_json/i.test(body)) return null;
  return rest.find(({ responseFormat }) => responseFormat !== refused.responseFormat) ?? null;
}

/** The fields of a request. `file` is a WAV file. */
export function requestFields(
  { model, form, file }: { readonly model: string; readonly form: AnswerForm; readonly file: Blob },
  { language, keyterms }: HearingHints,
): FormData {
  const fields = new FormData();
  fields.set('model', model);
  fields.set('response_format', form.responseFormat);
  for (const each of form.granularities) fields.append('timestamp_granularities[]', each);
  // ISO 639-1 alone; without it the model finds the language by itself.
  if (language !== null && language !== 'multi') fields.set('language', language);
  const prompt = promptOf(keyterms);
  if (tellsSpeakers(model)) fields.set('chunking_strategy', 'auto');
  else if (prompt !== '') fields.set('prompt', prompt);
  fields.set('file', file, 'audio.wav');
  return fields;
}

/** Whisper reads the last 224 tokens of a prompt; a token of names has three letters or so. */
const maxPromptCharacters = 600;

/** The first terms, as many as fit. */
function promptOf(keyterms: readonly string[]): string {
  let prompt = '';
  for (const term of keyterms.map((each) => each.trim()).filter((each) => each !== '')) {
    const longer = prompt === '' ? term : `${prompt}, ${term}`;
    if (longer.length > maxPromptCharacters) return prompt;
    prompt = longer;
  }
  return prompt;
}
