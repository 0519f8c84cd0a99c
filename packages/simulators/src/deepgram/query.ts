import type { LiveSettings } from './listening.ts';
import type { RecordedSettings } from './recorded.ts';

type Way = 'recorded' | 'live';
/** What is wrong with a value, or null. */
type Check = (value: string) => string | null;

const anything: Check = () => null;
const oneOf =
  (...values: string[]): Check =>
  (value) =>
    values.includes(value) ? null : `must be one of ${values.join(', ')}`;
const flag = oneOf('true', 'false');
const whole =
  (min: number): Check =>
  (value) =>
    /^\d+$/.test(value) && Number(value) >= min ? null : `must be a whole number from ${min} on`;
const positive: Check = (value) => (Number(value) > 0 ? null : 'must be a positive number');

const encodings = ['linear16', 'flac', 'mulaw', 'amr-nb', 'amr-wb', 'opus', 'speex', 'g729'];

/** The parameters of the vendor's documentation; any other one is refused, so that mistakes in requests are seen. */
const common: Readonly<Record<string, Check>> = {
  ...Object.fromEntries(
    ['callback', 'extra', 'keyterm', 'keywords', 'language', 'model', 'redact', 'replace', 'search']
      .concat('tag', 'version')
      .map((name) => [name, anything]),
  ),
  ...Object.fromEntries(
    ['detect_entities', 'diarize', 'dictation', 'filler_words', 'measurements', 'mip_opt_out']
      .concat('multichannel', 'numerals', 'profanity_filter', 'punctuate', 'smart_format')
      .map((name) => [name, flag]),
  ),
  sample_rate: whole(8000),
  channels: whole(1),
};
const ways: Readonly<Record<Way, Readonly<Record<string, Check>>>> = {
  recorded: {
    ...common,
    callback_method: oneOf('POST', 'PUT'),
    detect_language: anything,
    diarize_model: oneOf('latest', 'v1', 'v2'),
    encoding: oneOf(...encodings),
    intents: flag,
    paragraphs: flag,
    sentiment: flag,
    summarize: anything,
    topics: flag,
    utt_split: positive,
    utterances: flag,
  },
  live: {
    ...common,
    callback_method: oneOf('POST', 'GET', 'PUT', 'DELETE'),
    diarize_model: oneOf('latest', 'v1'),
    encoding: oneOf(...encodings, 'linear32', 'alaw', 'ogg-opus'),
    endpointing: (value) => (flag(value) === null ? null : whole(0)(value)),
    interim_results: flag,
    no_delay: flag,
    utterance_end_ms: whole(1000),
    vad_events: flag,
  },
};
const repeatable = new Set(['keyterm', 'keywords', 'redact', 'replace', 'search', 'tag', 'extra']);

/** What is wrong with a request's query, for people; null when nothing is. */
export function queryMistake(query: URLSearchParams, way: Way): string | null {
  for (const [name, value] of query) {
    const check = ways[way][name];
    if (!check) return `${name} is not a parameter of this request`;
    const mistake = check(value);
    if (mistake !== null) return `${name} ${mistake}`;
    if (!repeatable.has(name) && query.getAll(name).length > 1) return `${name} stands twice`;
  }
  const model = query.get('model') ?? 'base-general';
  if (query.has('keyterm') && !model.startsWith('nova-3')) return 'keyterm needs nova-3';
  if (query.get('language') === 'multi' && !/^nova-[23]/.test(model)) {
    return 'language multi needs nova-2 or nova-3';
  }
  if (query.has('utterance_end_ms') && !isOn(query, 'interim_results')) {
    return 'utterance_end_ms needs interim_results';
  }
  if (query.has('encoding') && way === 'live' && !query.has('sample_rate')) {
    return 'encoding needs sample_rate';
  }
  return null;
}

export function recordedSettings(query: URLSearchParams): RecordedSettings {
  return {
    ...settingsOf(query),
    utterances: isOn(query, 'utterances'),
    paragraphs: isOn(query, 'paragraphs') || isOn(query, 'smart_format'),
    utteranceSplitMs: 1000 * Number(query.get('utt_split') ?? 0.8),
  };
}

export function liveSettings(query: URLSearchParams): LiveSettings {
  const utteranceEndMs = query.get('utterance_end_ms');
  return {
    ...settingsOf(query),
    interimResults: isOn(query, 'interim_results'),
    endpointingMs: endpointingOf(query.get('endpointing')),
    utteranceEndMs: utteranceEndMs === null ? null : Number(utteranceEndMs),
    vadEvents: isOn(query, 'vad_events'),
  };
}

function settingsOf(query: URLSearchParams) {
  return {
    model: query.get('model') ?? 'base-general',
    diarize: isOn(query, 'diarize') || query.has('diarize_model'),
    punctuate: isOn(query, 'punctuate') || isOn(query, 'smart_format'),
    multi: query.get('language') === 'multi',
  };
}

function endpointingOf(value: string | null): number | null {
  if (value === 'false') return null;
  return value === null || value === 'true' ? 10 : Number(value);
}

function isOn(query: URLSearchParams, name: string): boolean {
  return query.get(name) === 'true';
}
