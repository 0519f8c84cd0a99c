import { connectionProblem, type HttpService } from '../../base/index.ts';
import type { Availability } from '../../transcription/index.ts';

const limitMs = 5_000;

/** Asks for the list of models, which costs nothing and tells whether the key is let in. Never throws. */
export async function probe(
  service: HttpService,
  model: string,
  signal: AbortSignal,
): Promise<Availability> {
  try {
    const { status } = await service.request({ method: 'GET', path: '/models', signal, limitMs });
    return availabilityAt(status, service.address, model);
  } catch (error) {
    return unavailable(
      `No recogniser answers at ${service.address} (${connectionProblem(error)}). ` +
        'Check the network and TRANSCRIPTION_OPENAI_BASE_URL.',
    );
  }
}

function availabilityAt(status: number, address: string, model: string): Availability {
  if (status === 401 || status === 403) {
    return unavailable(
      `The recogniser at ${address} refuses the key (${status}). Set TRANSCRIPTION_OPENAI_API_KEY to one that is valid.`,
    );
  }
  if (status === 402) {
    return unavailable(`The recogniser at ${address} wants its account to be paid for (402).`);
  }
  // Some have no list of models, or list them by other names than they answer to.
  const isThere = (status >= 200 && status < 300) || (status >= 400 && status < 500);
  if (isThere) return { available: true, model };
  return unavailable(`The recogniser at ${address} is not working now (${status}).`);
}

function unavailable(reason: string): Availability {
  return { available: false, reason };
}
