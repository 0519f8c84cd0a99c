import { z } from 'zod';
import type { transcriptionVariables } from './transcription.ts';

const httpUrl = z
  .url({ protocol: /^https?$/, error: 'must be an http(s) URL' })
  .transform((url) => url.replace(/\/+$/, ''));

/** The settings of the language model, by their environment variables. docs/configuration.md explains each. */
export const languageModelVariables = {
  LLM_PROVIDER: z
    .string()
    .toLowerCase()
    .pipe(z.enum(['auto', 'openai', 'ollama', 'rules'], 'must be auto, openai, ollama or rules'))
    .default('auto'),
  OPENAI_MODEL: z.string().default('gpt-4o'),
  OLLAMA_BASE_URL: httpUrl.optional(),
  OLLAMA_MODEL: z.string().default('llama3.1:8b'),
  OLLAMA_TIMEOUT_SECONDS: z.coerce.number('must be a number').min(1).max(86_400).default(1200),
  LLM_CONTEXT_TOKENS: z.coerce
    .number('must be a number')
    .int()
    .min(4096)
    .max(10_000_000)
    .default(16_384),
};

type Environment = z.infer<
  z.ZodObject<
    typeof languageModelVariables &
      Pick<typeof transcriptionVariables, 'OPENAI_API_KEY' | 'OPENAI_BASE_URL'>
  >
>;

/** Who reads conversations; null: rules do. */
export type LanguageModelConfig =
  | {
      readonly provider: 'openai';
      readonly baseUrl: string;
      readonly apiKey: string | null;
      readonly model: string;
      readonly contextTokens: number;
      readonly limitMs: number;
    }
  | {
      readonly provider: 'ollama';
      readonly baseUrl: string;
      readonly model: string;
      readonly limitMs: number;
    }
  | null;

/** A model may think for a long time; what takes longer hangs. */
const openAiLimitMs = 20 * 60_000;

export function languageModelConfig(env: Environment): LanguageModelConfig {
  const { LLM_PROVIDER: asked, OPENAI_API_KEY: apiKey = null, OLLAMA_BASE_URL: ollamaUrl } = env;
  if (asked === 'openai' || (asked === 'auto' && apiKey !== null)) {
    return {
      provider: 'openai',
      baseUrl: env.OPENAI_BASE_URL,
      apiKey,
      model: env.OPENAI_MODEL,
      contextTokens: env.LLM_CONTEXT_TOKENS,
      limitMs: openAiLimitMs,
    };
  }
  if (asked === 'ollama' || (asked === 'auto' && ollamaUrl !== undefined)) {
    return {
      provider: 'ollama',
      baseUrl: ollamaUrl ?? 'http://localhost:11434',
      model: env.OLLAMA_MODEL,
      limitMs: env.OLLAMA_TIMEOUT_SECONDS * 1000,
    };
  }
  return null;
}
