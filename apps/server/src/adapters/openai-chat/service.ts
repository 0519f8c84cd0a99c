import { z } from 'zod';
import {
  createHoldOff,
  failureOfStatus,
  httpService,
  parseJson,
  probeService,
  ProviderError,
  type Clock,
  type HttpAnswer,
  type NamedService,
} from '../../base/index.ts';

export const provider = 'openai';

export interface OpenAiOptions {
  /** With its path, as `https://api.openai.com/v1`. */
  readonly baseUrl: string;
  /** Null: the server wants none. */
  readonly apiKey: string | null;
  readonly model: string;
  /** From a request to the last byte of its answer, ms. */
  readonly limitMs: number;
  readonly clock: Clock;
}

/** A server that speaks OpenAI's protocol. */
export interface OpenAiService {
  /** Never throws. */
  probe(signal: AbortSignal): ReturnType<typeof probeService>;
  /** Any status is an answer. Waits as long as the server has asked for. Throws `ProviderError`, and the signal's reason. */
  post(path: string, body: unknown, signal: AbortSignal): Promise<HttpAnswer>;
}

const named: NamedService = {
  product: 'The language model',
  path: '/models',
  urlVariable: 'OPENAI_BASE_URL',
  keyVariable: 'OPENAI_API_KEY',
};
const maxHoldOffMs = 60_000;

export function openAiService({
  baseUrl,
  apiKey,
  model,
  limitMs,
  clock,
}: OpenAiOptions): OpenAiService {
  const service = httpService({ provider, baseUrl, apiKey, clock });
  const holdOff = createHoldOff(clock, maxHoldOffMs);
  return {
    probe: (signal) => probeService(service, named, model, signal),
    async post(path, value, signal) {
      await holdOff.wait(signal);
      const body = new Blob([JSON.stringify(value)], { type: 'application/json' });
      const answer = await service.request({ method: 'POST', path, body, signal, limitMs });
      if (answer.status !== 200) holdOff.heed(answer.headers);
      return answer;
    },
  };
}

const refusalSchema = z.object({
  error: z.object({
    code: z.string().nullish(),
    type: z.string().nullish(),
    param: z.string().nullish(),
  }),
});

/** What a refusal says for programs; its message may quote what was sent. */
export interface Refusal {
  readonly status: number;
  readonly code: string | null;
  /** The field that is not taken. */
  readonly field: string | null;
}

export function refusalOf({ status, body }: HttpAnswer): Refusal {
  const parsed = refusalSchema.safeParse(parseJson(body));
  const { code, type, param } = parsed.success ? parsed.data.error : {};
  const name = [code, type].find((each) => each && /^[\w.-]{1,40}$/.test(each)) ?? null;
  return { status, code: name, field: param ?? null };
}

export function refused({ status, code }: Refusal): ProviderError {
  // Looks like too many requests, and is about money.
  const failure = code === 'insufficient_quota' ? 'auth' : failureOfStatus(status);
  return new ProviderError(
    provider,
    failure,
    `answers ${status}${code === null ? '' : ` ${code}`}`,
  );
}
