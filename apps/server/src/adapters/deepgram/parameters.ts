import { speechFormat } from '../../audio/index.ts';
import type { HearingHints } from '../../transcription/index.ts';

export interface ModelOptions {
  readonly model: string;
  /** Keeps the sound out of the vendor's training of models. The vendor's default, when not given, is to use it. */
  readonly mipOptOut?: boolean;
}

/** The service takes 500 tokens of key terms and refuses the whole request beyond; a token has three letters or more. */
const keytermLimits = { count: 100, characters: 1500 } as const;

/** A pause that ends an utterance, ms. Speakers who switch languages are heard better with a short one. */
const endpointingMs = { oneLanguage: 300, severalLanguages: 100 } as const;
/** The shortest that the service takes. It closes turns that noise keeps open. */
const utteranceEndMs = 1000;

/** Whether a model takes key terms: others refuse the request. */
export function takesKeyterms(model: string): boolean {
  return model.startsWith('nova-3');
}

/** What a request about recorded sound asks for; the format stands in the WAV header. */
export function recordedParameters(options: ModelOptions, hints: HearingHints): URLSearchParams {
  const query = commonParameters(options, hints);
  query.set('utterances', 'true');
  query.set('paragraphs', 'true');
  return query;
}

/** What a live session asks for; it cannot be changed while it runs. */
export function liveParameters(options: ModelOptions, hints: HearingHints): URLSearchParams {
  const query = commonParameters(options, hints);
  const isMulti = hints.language === 'multi';
  query.set('encoding', 'linear16');
  query.set('sample_rate', String(speechFormat.sampleRateHz));
  query.set('channels', String(speechFormat.channels));
  query.set('interim_results', 'true');
  query.set(
    'endpointing',
    String(isMulti ? endpointingMs.severalLanguages : endpointingMs.oneLanguage),
  );
  query.set('utterance_end_ms', String(utteranceEndMs));
  return query;
}

function commonParameters(
  { model, mipOptOut }: ModelOptions,
  { language, keyterms }: HearingHints,
): URLSearchParams {
  const query = new URLSearchParams({
    model,
    smart_format: 'true',
    punctuate: 'true',
    // `diarize_model` would replace it, but live sessions refuse some of its values.
    diarize: 'true',
  });
  if (language !== null) query.set('language', language);
  if (mipOptOut !== undefined) query.set('mip_opt_out', String(mipOptOut));
  if (takesKeyterms(model)) {
    for (const term of withinLimits(keyterms)) query.append('keyterm', term);
  }
  return query;
}

/** The first terms, as many as the service takes. */
function withinLimits(terms: readonly string[]): readonly string[] {
  const named = terms.map((term) => term.trim()).filter((term) => term !== '');
  let characters = 0;
  const tooMuch = named.findIndex((term, index) => {
    characters += term.length;
    return index >= keytermLimits.count || characters > keytermLimits.characters;
  });
  return tooMuch < 0 ? named : named.slice(0, tooMuch);
}
