import { problemWith, type HttpService, type NamedService } from '../../base/index.ts';
import type { Availability } from '../../transcription/index.ts';

/** Asks for the list of models. Some have none, or list them by other names than they answer to. Never throws. */
export async function probe(
  service: HttpService,
  model: string,
  signal: AbortSignal,
): Promise<Availability> {
  const reason = await problemWith(service, named, signal);
  return reason === null ? { available: true, model } : { available: false, reason };
}

const named = {
  product: 'The recogniser',
  path: '/models',
  urlVariable: 'TRANSCRIPTION_OPENAI_BASE_URL',
  keyVariable: 'TRANSCRIPTION_OPENAI_API_KEY',
} satisfies NamedService;
