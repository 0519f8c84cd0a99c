import { problemWith, type HttpService, type NamedService } from '../../base/index.ts';
import type { Availability } from '../../transcription/index.ts';

/** Asks for the list of models. Never throws. */
export async function probe(
  service: HttpService,
  model: string,
  signal: AbortSignal,
): Promise<Availability> {
  const reason = await problemWith(service, named, signal);
  return reason === null ? { available: true, model } : { available: false, reason };
}

const named = {
  product: 'Mistral',
  path: '/v1/models',
  urlVariable: 'MISTRAL_BASE_URL',
  keyVariable: 'MISTRAL_API_KEY',
} satisfies NamedService;
