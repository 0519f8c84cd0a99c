import { isAbsolute, resolve } from 'node:path';
import { emailSchema, passwordSchema } from '@friend-lite/contract';
import { z } from 'zod';
import {
  languageModelConfig,
  languageModelVariables,
  type LanguageModelConfig,
} from './language-model.ts';
import {
  problemsOf,
  speakerVariables,
  transcriptionConfig,
  transcriptionVariables,
  type TranscriptionConfig,
} from './transcription.ts';

/** Values that stand in documentation, here and in older set-ups: a secret that everybody knows. */
const sampleSecrets = [
  'your-super-secret-jwt-key-here-make-it-long-and-random',
  'your-super-secret-jwt-key-here',
  'your-secure-admin-password',
  'your-admin-password',
  'change-me',
  'changeme',
  'password',
  'admin',
  'secret',
];

const isSample = (text: string): boolean => sampleSecrets.includes(text.trim().toLowerCase());

const secretKey = z
  .string()
  .refine((text) => !isSample(text), 'is a sample from the documentation; choose your own')
  .refine(
    (text) => new Set(text).size >= 12 && text.length >= 32,
    'is too short or too simple; use at least 32 random characters (or leave it out: one is made)',
  );

const adminPassword = z
  .string()
  .refine((text) => !isSample(text), 'is a sample from the documentation; choose your own')
  .pipe(passwordSchema);

const flag = z
  .string()
  .toLowerCase()
  .pipe(z.enum(['true', 'false', '1', '0'], 'must be true or false'))
  .transform((text) => text === 'true' || text === '1');

const seconds = (fallback: number, max: number) =>
  z.coerce.number('must be a number').min(0).max(max).default(fallback);

/** Every setting of the server, by its environment variable. docs/configuration.md explains each. */
const environmentSchema = z.object({
  HOST: z.string().min(1).default('0.0.0.0'),
  PORT: z.coerce.number('must be a number').int().min(0).max(65_535).default(8000),
  DATA_DIR: z.string().min(1).default('data'),
  PUBLIC_URL: z.url({ protocol: /^https?$/, error: 'must be an http(s) URL' }).optional(),
  LOG_LEVEL: z.enum(['debug', 'info', 'warn', 'error', 'silent']).default('info'),

  AUTH_SECRET_KEY: secretKey.optional(),
  ADMIN_EMAIL: emailSchema.default('admin@example.com'),
  ADMIN_PASSWORD: adminPassword.optional(),
  COOKIE_SECURE: flag.default(false),

  NEW_CONVERSATION_TIMEOUT_MINUTES: z.coerce
    .number('must be a number')
    .positive()
    .max(1440)
    .default(1.5),
  RECONNECT_GRACE_SECONDS: seconds(60, 86_400),
  AUDIO_SOCKETS_PER_USER: z.coerce.number('must be a number').int().min(1).max(10_000).default(64),
  AUDIO_SOCKET_MESSAGES_PER_SECOND: z.coerce
    .number('must be a number')
    .min(10)
    .max(1_000_000)
    .default(1000),
  AUDIO_SOCKET_IDLE_MINUTES: z.coerce.number('must be a number').min(1).max(10_080).default(60),
  LATE_SOUND_MAX_DAYS: z.coerce.number('must be a number').min(0).max(36_500).default(90),
  UPLOAD_MAX_FILE_MB: z.coerce.number('must be a number').int().min(1).max(1_000_000).default(4096),
  AUDIO_CROPPING_ENABLED: flag.default(true),
  MIN_SPEECH_SEGMENT_DURATION: seconds(1, 60),
  CROPPING_CONTEXT_PADDING: seconds(0.1, 10),

  PACK_AUDIO_ENABLED: flag.default(true),
  UNCLAIMED_AUDIO_HOURS: z.coerce.number('must be a number').int().min(0).max(876_000).default(72),
  MIN_FREE_DISK_MB: z.coerce.number('must be a number').int().min(0).max(10_000_000).default(512),

  ...transcriptionVariables,
  ...speakerVariables,
  ...languageModelVariables,
  LOCAL_ASR_ENABLED: flag.default(true),
  MODEL_HUB_URL: z
    .url({ protocol: /^https?$/, error: 'must be an http(s) URL' })
    .transform((url) => url.replace(/\/+$/, ''))
    .default('https://huggingface.co'),
});

export interface Config {
  readonly host: string;
  readonly port: number;
  /** Absolute. */
  readonly dataDir: string;
  /** Where people reach the server, without a trailing slash. */
  readonly publicUrl: string;
  readonly logLevel: 'debug' | 'info' | 'warn' | 'error' | 'silent';
  /** Null: made on the first start and kept in the data directory. */
  readonly authSecretKey: string | null;
  readonly admin: { readonly email: string; readonly password: string | null };
  readonly isCookieSecure: boolean;
  readonly conversationTimeoutMs: number;
  readonly reconnectGraceMs: number;
  readonly audioSockets: {
    readonly maxPerUser: number;
    readonly messagesPerSecond: number;
    /** A socket that sends nothing for this long is closed. */
    readonly idleMs: number;
  };
  /** How old sound may be that a device sends late. */
  readonly maxLateMs: number;
  /** Largest file that may be uploaded. */
  readonly maxUploadBytes: number;
  readonly cropping: {
    readonly isEnabled: boolean;
    readonly minRegionMs: number;
    readonly paddingMs: number;
  };
  /** Whether sealed PCM is packed into FLAC. */
  readonly isPackingEnabled: boolean;
  /** How long sound no conversation claims is kept where its owner did not choose; 0: for ever. */
  readonly unclaimedAudioHours: number;
  /** Below this nothing new is recorded. */
  readonly minFreeDiskBytes: number;
  readonly transcription: TranscriptionConfig;
  readonly languageModel: LanguageModelConfig;
  /** Whether a recogniser installed on this machine may be used. */
  readonly isLocalRecogniserEnabled: boolean;
  /** Where models are fetched from, without a trailing slash. */
  readonly modelHubUrl: string;
}

/** A setting that stops the boot. `message` names each variable and says what is wrong, never its value. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';
}

/**
 * The environment as one frozen Config. An empty variable counts as unset, as in a `.env` file's `NAME=`.
 *
 * @param baseDir what a relative DATA_DIR is relative to.
 * @throws ConfigError naming every variable that is wrong.
 */
export function readConfig(
  environment: Readonly<Record<string, string | undefined>>,
  baseDir: string,
): Config {
  const set = Object.fromEntries(
    Object.entries(environment).filter(([, value]) => value !== undefined && value.trim() !== ''),
  );
  const parsed = environmentSchema.safeParse(set);
  if (!parsed.success) {
    throw unusable(parsed.error.issues.map(({ path, message }) => `${path.join('.')} ${message}`));
  }
  const env = parsed.data;
  const transcription = transcriptionConfig(env);
  const lacking = problemsOf(transcription);
  if (lacking.length > 0) throw unusable(lacking);
  return Object.freeze({
    host: env.HOST,
    port: env.PORT,
    dataDir: isAbsolute(env.DATA_DIR) ? env.DATA_DIR : resolve(baseDir, env.DATA_DIR),
    publicUrl: (env.PUBLIC_URL ?? `http://localhost:${env.PORT}`).replace(/\/+$/, ''),
    logLevel: env.LOG_LEVEL,
    authSecretKey: env.AUTH_SECRET_KEY ?? null,
    admin: { email: env.ADMIN_EMAIL, password: env.ADMIN_PASSWORD ?? null },
    isCookieSecure: env.COOKIE_SECURE,
    conversationTimeoutMs: env.NEW_CONVERSATION_TIMEOUT_MINUTES * 60_000,
    reconnectGraceMs: env.RECONNECT_GRACE_SECONDS * 1000,
    audioSockets: {
      maxPerUser: env.AUDIO_SOCKETS_PER_USER,
      messagesPerSecond: env.AUDIO_SOCKET_MESSAGES_PER_SECOND,
      idleMs: env.AUDIO_SOCKET_IDLE_MINUTES * 60_000,
    },
    maxLateMs: env.LATE_SOUND_MAX_DAYS * 86_400_000,
    maxUploadBytes: env.UPLOAD_MAX_FILE_MB * 1024 ** 2,
    cropping: {
      isEnabled: env.AUDIO_CROPPING_ENABLED,
      minRegionMs: env.MIN_SPEECH_SEGMENT_DURATION * 1000,
      paddingMs: env.CROPPING_CONTEXT_PADDING * 1000,
    },
    isPackingEnabled: env.PACK_AUDIO_ENABLED,
    unclaimedAudioHours: env.UNCLAIMED_AUDIO_HOURS,
    minFreeDiskBytes: env.MIN_FREE_DISK_MB * 1024 ** 2,
    transcription,
    languageModel: languageModelConfig(env),
    isLocalRecogniserEnabled: env.LOCAL_ASR_ENABLED,
    modelHubUrl: env.MODEL_HUB_URL,
  });
}

function unusable(problems: readonly string[]): ConfigError {
  const lines = problems.map((problem) => `  ${problem}`);
  return new ConfigError(`The configuration is not usable:\n${lines.join('\n')}`);
}
