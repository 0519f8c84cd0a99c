import { z } from 'zod';

/** Who turns speech into words, in the order of preference when nobody chose. */
export const providerNames = [
  'deepgram',
  'mistral',
  'openai',
  'wyoming',
  'whisper',
  'pocketsphinx',
] as const;
export type ProviderName = (typeof providerNames)[number];

/** Names that other set-ups use for the recogniser behind OFFLINE_ASR_TCP_URI. */
const otherNames: Readonly<Record<string, ProviderName>> = {
  offline: 'wyoming',
  parakeet: 'wyoming',
};

const oneOf = <Name extends string>(names: readonly Name[]) =>
  z
    .string()
    .toLowerCase()
    .transform((name) => otherNames[name] ?? name)
    .pipe(z.enum(names, `must be one of ${names.join(', ')}`));

const list = z
  .string()
  .transform((text) => text.split(',').map((entry) => entry.trim()))
  .transform((entries) => entries.filter((entry) => entry !== ''));

const httpUrl = z
  .url({ protocol: /^https?$/, error: 'must be an http(s) URL' })
  .transform((url) => url.replace(/\/+$/, ''));

const asrUri = z.string().refine((text) => {
  const url = URL.parse(text);
  return url?.protocol === 'tcp:' && url.hostname !== '' && url.port !== '';
}, 'must look like tcp://host:port');

const pattern = z.string().transform((source, context) => {
  try {
    return new RegExp(source, 'iu');
  } catch {
    context.addIssue({ code: 'custom', message: 'must be a regular expression' });
    return z.NEVER;
  }
});

const number = (fallback: number, min: number, max: number) =>
  z.coerce.number('must be a number').min(min).max(max).default(fallback);

/** The settings of transcription, by their environment variables. docs/configuration.md explains each. */
export const transcriptionVariables = {
  TRANSCRIPTION_PROVIDER: oneOf(['auto', ...providerNames])
    .transform((name) => (name === 'auto' ? null : name))
    .default(null),
  TRANSCRIPTION_FALLBACKS: list.pipe(z.array(oneOf(providerNames))).optional(),
  TRANSCRIPTION_LANGUAGE: z
    .string()
    .regex(/^([a-z]{2}|multi)$/, 'must be a code such as en, or multi')
    .optional(),
  TRANSCRIPTION_KEYTERMS: list.default([]),
  TRANSCRIPTION_COLLECT_SECONDS: number(90, 10, 3600),
  TRANSCRIPTION_FINAL_PASS: z
    .enum(['auto', 'always', 'never'], 'must be auto, always or never')
    .default('auto'),
  TRANSCRIPTION_SKIP_PATTERN: pattern.optional(),
  TRANSCRIPTION_BREAKER_FAILURES: number(3, 1, 100),
  TRANSCRIPTION_BREAKER_SECONDS: number(15, 1, 3600),

  DEEPGRAM_API_KEY: z.string().optional(),
  DEEPGRAM_BASE_URL: httpUrl.default('https://api.deepgram.com'),
  DEEPGRAM_MODEL: z.string().default('nova-3'),
  MISTRAL_API_KEY: z.string().optional(),
  MISTRAL_BASE_URL: httpUrl.default('https://api.mistral.ai'),
  MISTRAL_MODEL: z.string().default('voxtral-mini-latest'),
  TRANSCRIPTION_OPENAI_BASE_URL: httpUrl.optional(),
  TRANSCRIPTION_OPENAI_API_KEY: z.string().optional(),
  TRANSCRIPTION_OPENAI_MODEL: z.string().default('whisper-1'),
  OPENAI_API_KEY: z.string().optional(),
  OPENAI_BASE_URL: httpUrl.default('https://api.openai.com/v1'),
  OFFLINE_ASR_TCP_URI: asrUri.optional(),
  LOCAL_WHISPER_MODEL: z.string().optional(),
};

const gallery = /^([^\s=,]+@[^\s=,]+)=(\d{1,9})$/;

/** The settings of the speaker service, likewise. */
export const speakerVariables = {
  SPEAKER_SERVICE_URL: httpUrl.optional(),
  SPEAKER_SERVICE_USERS: list
    .pipe(z.array(z.string().regex(gallery, 'must look like ada@example.com=1, bob@example.com=2')))
    .optional(),
  SPEAKER_SIMILARITY_THRESHOLD: number(0.15, 0, 1),
};

type Environment = z.infer<z.ZodObject<typeof transcriptionVariables & typeof speakerVariables>>;

/** An address with what it takes to be let in. */
interface Endpoint {
  readonly baseUrl: string;
  readonly model: string;
}

export interface TranscriptionConfig {
  /** The chosen one; null: the first of `providerNames` that is set up. */
  readonly provider: ProviderName | null;
  /** Whom to ask next when it fails, in order; null: all others that are set up. */
  readonly fallbacks: readonly ProviderName[] | null;
  /** ISO 639-1, or `multi`; null: as each engine takes it by itself. */
  readonly language: string | null;
  readonly keyterms: readonly string[];
  /** Speech is gathered for so long before an engine that cannot hear live is asked. */
  readonly collectMs: number;
  /** Whether what was heard live is heard again from the recording, when a conversation closes. */
  readonly finalPass: 'auto' | 'always' | 'never';
  /** Utterances that begin like this are left out; null: none are. */
  readonly skipPattern: RegExp | null;
  readonly breaker: { readonly failureThreshold: number; readonly firstOpenMs: number };
  /** Null: no key, not set up. */
  readonly deepgram: (Endpoint & { readonly apiKey: string }) | null;
  readonly mistral: (Endpoint & { readonly apiKey: string }) | null;
  /** Any server that speaks OpenAI's protocol; some want no key. */
  readonly openai: (Endpoint & { readonly apiKey: string | null }) | null;
  /** A Wyoming recogniser, `tcp://host:port`. */
  readonly wyomingUri: string | null;
  /** Its name in the catalogue of models. */
  readonly whisperModel: string | null;
  /** Who knows voices; null: nobody. */
  readonly speakerService: SpeakerServiceConfig | null;
}

export interface SpeakerServiceConfig {
  readonly baseUrl: string;
  /** 0..1 */
  readonly similarityThreshold: number;
  /** The service's number of each user, by email in lower case; null: everybody is its user 1. */
  readonly galleries: ReadonlyMap<string, number> | null;
}

export function transcriptionConfig(env: Environment): TranscriptionConfig {
  return {
    provider: env.TRANSCRIPTION_PROVIDER,
    fallbacks: env.TRANSCRIPTION_FALLBACKS ?? null,
    language: env.TRANSCRIPTION_LANGUAGE ?? null,
    keyterms: env.TRANSCRIPTION_KEYTERMS,
    collectMs: env.TRANSCRIPTION_COLLECT_SECONDS * 1000,
    finalPass: env.TRANSCRIPTION_FINAL_PASS,
    skipPattern: env.TRANSCRIPTION_SKIP_PATTERN ?? null,
    breaker: {
      failureThreshold: env.TRANSCRIPTION_BREAKER_FAILURES,
      firstOpenMs: env.TRANSCRIPTION_BREAKER_SECONDS * 1000,
    },
    deepgram: withKey(env.DEEPGRAM_API_KEY, {
      baseUrl: env.DEEPGRAM_BASE_URL,
      model: env.DEEPGRAM_MODEL,
    }),
    mistral: withKey(env.MISTRAL_API_KEY, {
      baseUrl: env.MISTRAL_BASE_URL,
      model: env.MISTRAL_MODEL,
    }),
    openai: openAiOf(env),
    wyomingUri: env.OFFLINE_ASR_TCP_URI ?? null,
    whisperModel: env.LOCAL_WHISPER_MODEL ?? null,
    speakerService: speakerServiceOf(env),
  };
}

function speakerServiceOf(env: Environment): SpeakerServiceConfig | null {
  if (env.SPEAKER_SERVICE_URL === undefined) return null;
  const galleries = env.SPEAKER_SERVICE_USERS?.map((entry): [string, number] => {
    const [, email = '', id] = gallery.exec(entry) ?? [];
    return [email.toLowerCase(), Number(id)];
  });
  return {
    baseUrl: env.SPEAKER_SERVICE_URL,
    similarityThreshold: env.SPEAKER_SIMILARITY_THRESHOLD,
    galleries: galleries ? new Map(galleries) : null,
  };
}

function withKey(
  apiKey: string | undefined,
  endpoint: Endpoint,
): (Endpoint & { readonly apiKey: string }) | null {
  return apiKey === undefined ? null : { ...endpoint, apiKey };
}

/** The key for OpenAI goes to OpenAI's own address alone, and only where somebody asked for it by name. */
function openAiOf(env: Environment): TranscriptionConfig['openai'] {
  const model = env.TRANSCRIPTION_OPENAI_MODEL;
  if (env.TRANSCRIPTION_OPENAI_BASE_URL) {
    const apiKey = env.TRANSCRIPTION_OPENAI_API_KEY ?? null;
    return { baseUrl: env.TRANSCRIPTION_OPENAI_BASE_URL, model, apiKey };
  }
  const isAskedFor = [env.TRANSCRIPTION_PROVIDER, ...(env.TRANSCRIPTION_FALLBACKS ?? [])].includes(
    'openai',
  );
  const apiKey = env.TRANSCRIPTION_OPENAI_API_KEY ?? env.OPENAI_API_KEY ?? null;
  return isAskedFor && apiKey ? { baseUrl: env.OPENAI_BASE_URL, model, apiKey } : null;
}

/** What each provider needs, by its variable. */
const needs = {
  deepgram: ['deepgram', 'DEEPGRAM_API_KEY'],
  mistral: ['mistral', 'MISTRAL_API_KEY'],
  openai: ['openai', 'TRANSCRIPTION_OPENAI_BASE_URL or OPENAI_API_KEY'],
  wyoming: ['wyomingUri', 'OFFLINE_ASR_TCP_URI'],
  whisper: ['whisperModel', 'LOCAL_WHISPER_MODEL'],
  pocketsphinx: null,
} as const satisfies Record<ProviderName, readonly [keyof TranscriptionConfig, string] | null>;

/** Providers that are set up, in order: the chosen one, then its fallbacks. */
export function providersInOrder(config: TranscriptionConfig): readonly ProviderName[] {
  const chosen = config.provider === null ? [] : [config.provider];
  const ordered = [...chosen, ...(config.fallbacks ?? providerNames)];
  return [...new Set(ordered)].filter((name) => missingFor(name, config) === null);
}

/** A sentence for each provider that was asked for by name and lacks a setting. */
export function problemsOf(config: TranscriptionConfig): readonly string[] {
  const named = (variable: string, names: readonly ProviderName[]): readonly string[] =>
    names.flatMap((name) => {
      const missing = missingFor(name, config);
      return missing === null ? [] : [`${variable} names ${name}, which needs ${missing}`];
    });
  return [
    ...named('TRANSCRIPTION_PROVIDER', config.provider === null ? [] : [config.provider]),
    ...named('TRANSCRIPTION_FALLBACKS', config.fallbacks ?? []),
  ];
}

function missingFor(name: ProviderName, config: TranscriptionConfig): string | null {
  const need = needs[name];
  return need === null || config[need[0]] !== null ? null : need[1];
}
