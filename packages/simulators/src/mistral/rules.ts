import { fieldOf, type Upload } from '../audio-upload/index.ts';
import { type Refusal } from '../http-service/index.ts';

const maxBiasTerms = 100;
const knownFields = [
  'model',
  'language',
  'temperature',
  'diarize',
  'context_bias',
  'timestamp_granularities',
];

/** The values of a list; the vendor's packages put `[]` behind its name, or do not. */
export function valuesOf({ fields }: Upload, name: string): readonly string[] {
  return [...(fields[name] ?? []), ...(fields[`${name}[]`] ?? [])];
}

export function isDiarized(upload: Upload): boolean {
  return fieldOf(upload, 'diarize') === 'true';
}

/** What is wrong with the fields of a request; null when nothing is. */
export function mistakeIn(upload: Upload, models: readonly string[]): Refusal | null {
  const model = fieldOf(upload, 'model');
  if (model === undefined) return unprocessable('Field required', 'model');
  if (!models.includes(model)) return { status: 404, message: `Invalid model: ${model}` };
  const unknown = Object.keys(upload.fields).find(
    (name) => !knownFields.includes(name.replace(/\[\]$/, '')),
  );
  if (unknown !== undefined) return unprocessable('Extra inputs are not permitted', unknown);
  if (!['true', 'false', undefined].includes(fieldOf(upload, 'diarize'))) {
    return unprocessable('Input should be a valid boolean', 'diarize');
  }
  return biasMistake(valuesOf(upload, 'context_bias')) ?? timesMistake(upload);
}

function biasMistake(terms: readonly string[]): Refusal | null {
  const isFine = terms.length <= maxBiasTerms && terms.every((term) => /^[^\s,]+$/.test(term));
  return isFine ? null : unprocessable('Value error, invalid context_bias', 'context_bias');
}

function timesMistake(upload: Upload): Refusal | null {
  const wanted = valuesOf(upload, 'timestamp_granularities');
  const unknown = wanted.find((each) => !['segment', 'word'].includes(each));
  if (unknown !== undefined) {
    return unprocessable("Input should be 'segment' or 'word'", 'timestamp_granularities');
  }
  return wanted.includes('word')
    ? { status: 400, message: 'Word timestamps are not supported by this model' }
    : null;
}

function unprocessable(message: string, param: string): Refusal {
  return { status: 422, message, param };
}
