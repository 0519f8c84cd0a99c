import { z } from 'zod';
import {
  failureOfStatus,
  httpService,
  parseJson,
  probeService,
  ProviderError,
  type Clock,
  type HttpService,
  type NamedService,
} from '../../base/index.ts';

export const provider = 'ollama';

export interface OllamaOptions {
  /** `http://localhost:11434` */
  readonly baseUrl: string;
  readonly model: string;
  /** From a request to the last byte of its answer, ms: the model may have to be loaded first. */
  readonly limitMs: number;
  readonly clock: Clock;
}

const named: NamedService = {
  product: 'Ollama',
  path: '/api/tags',
  urlVariable: 'OLLAMA_BASE_URL',
  keyVariable: null,
};
const tagsSchema = z.object({ models: z.array(z.object({ name: z.string() })) });
const probeLimitMs = 8_000;

export function ollamaService({ baseUrl, clock }: OllamaOptions): HttpService {
  return httpService({ provider, baseUrl, apiKey: null, clock });
}

/** Asks for the list of models, and whether the one that is wanted is among them. Never throws. */
export async function probe(service: HttpService, model: string, signal: AbortSignal) {
  const answer = await probeService(service, named, model, signal);
  if (!answer.available) return answer;
  const request = { method: 'GET', path: '/api/tags', signal, limitMs: probeLimitMs } as const;
  const body = await service.request(request).then(
    (tags) => tags.body,
    () => '',
  );
  const tags = tagsSchema.safeParse(parseJson(body));
  const isThere =
    tags.success && tags.data.models.some(({ name }) => tagged(name) === tagged(model));
  if (isThere) return answer;
  const reason = `Ollama at ${service.address} has no model ${model}. Fetch it: ollama pull ${model}`;
  return { available: false, reason } as const;
}

/** Sends `body` as JSON and gives what was answered. Throws `ProviderError`, and the signal's reason. */
export async function post(
  service: HttpService,
  path: string,
  body: unknown,
  { limitMs, signal }: { readonly limitMs: number; readonly signal: AbortSignal },
): Promise<unknown> {
  const answer = await service.request({
    method: 'POST',
    path,
    body: new Blob([JSON.stringify(body)], { type: 'application/json' }),
    signal,
    limitMs,
  });
  if (answer.status !== 200) {
    const note = answer.status === 404 ? ': it has no such model' : '';
    const failure = failureOfStatus(answer.status);
    throw new ProviderError(provider, failure, `answers ${answer.status}${note}`);
  }
  return parseJson(answer.body);
}

/** Models without a tag are the latest. */
function tagged(model: string): string {
  return model.includes(':') ? model : `${model}:latest`;
}
