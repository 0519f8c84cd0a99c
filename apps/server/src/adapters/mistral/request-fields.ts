/** The service takes so many, none with spaces or commas; a name of several words is written with underscores. */
const maxBiasTerms = 100;

/**
 * The fields of a request: speakers, and the times of segments, which current models tell alone. No language: with it,
 * the service tells no times, or no words at all (docs.mistral.ai, offline transcription; livekit/agents issue 4399).
 * It finds the language by itself.
 */
export function requestFields(model: string, file: Blob, keyterms: readonly string[]): FormData {
  const fields = new FormData();
  fields.set('model', model);
  fields.set('diarize', 'true');
  fields.append('timestamp_granularities', 'segment');
  for (const term of biasTerms(keyterms)) fields.append('context_bias', term);
  fields.set('file', file, 'audio.wav');
  return fields;
}

function biasTerms(keyterms: readonly string[]): readonly string[] {
  return keyterms
    .map((term) => term.trim().replace(/[\s,]+/g, '_'))
    .filter((term) => /[^_]/.test(term))
    .slice(0, maxBiasTerms);
}
