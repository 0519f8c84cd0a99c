import { connectionProblem, type HttpAnswer, type HttpService } from './http-service.ts';

/** A service as people know it, for sentences about it. */
export interface NamedService {
  /** Begins a sentence: `Mistral`, `The recogniser`. */
  readonly product: string;
  /** A request that costs nothing and tells whether we are let in. */
  readonly path: string;
  readonly urlVariable: string;
  /** Null: it wants no key. */
  readonly keyVariable: string | null;
  /** Whether an answer with 401 or 403 means that the key is wrong; when left out, it does. */
  readonly refusesKey?: (answer: HttpAnswer) => boolean;
}

const limitMs = 5_000;

/**
 * Asks a service whether it would work; `reason` says what is wrong and how it is mended, for people. Other answers below
 * 500 than refusals of the key or of payment mean that it is there: a proxy may pass on nothing but work, and too many
 * requests are a matter of the moment. Never throws.
 */
export async function probeService(
  service: HttpService,
  named: NamedService,
  model: string,
  signal: AbortSignal,
): Promise<
  | { readonly available: true; readonly model: string }
  | { readonly available: false; readonly reason: string }
> {
  const reason = await problemWith(service, named, signal);
  return reason === null ? { available: true, model } : { available: false, reason };
}

async function problemWith(
  service: HttpService,
  named: NamedService,
  signal: AbortSignal,
): Promise<string | null> {
  const { product, path, urlVariable } = named;
  const { address } = service;
  try {
    const answer = await service.request({ method: 'GET', path, signal, limitMs });
    return problemIn(answer, address, named);
  } catch (error) {
    const problem = connectionProblem(error);
    return `${product} does not answer at ${address} (${problem}). Check the network and ${urlVariable}.`;
  }
}

function problemIn(answer: HttpAnswer, address: string, named: NamedService): string | null {
  const { status } = answer;
  const { product, keyVariable, refusesKey = () => true } = named;
  const isRefused = status === 401 || status === 403;
  if (isRefused && keyVariable !== null && refusesKey(answer)) {
    return `${product} at ${address} refuses the key (${status}). Set ${keyVariable} to one that is valid.`;
  }
  if (status === 402) return `${product} at ${address} wants its account to be paid for (402).`;
  const isThere = (status >= 200 && status < 300) || (status >= 400 && status < 500);
  return isThere ? null : `${product} at ${address} is not working now (${status}).`;
}
