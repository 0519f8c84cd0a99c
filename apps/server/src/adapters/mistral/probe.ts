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
    const { status } = await service.request({
      method: 'GET',
      path: '/v1/models',
      signal,
      limitMs,
    });
    return availabilityAt(status, service.address, model);
  } catch (error) {
    return unavailable(
      `No Mistral answers at ${service.address} (${connectionProblem(error)}). ` +
        'Check the network and MISTRAL_BASE_URL.',
    );
  }
}

function availabilityAt(status: number, address: string, model: string): Availability {
  if (status === 401 || status === 403) {
    return unavailable(
      `Mistral at ${address} refuses the key (${status}). Set MISTRAL_API_KEY to one that is valid.`,
    );
  }
  if (status === 402) return unavailable('Mistral wants its account to be paid for (402).');
  // A proxy may pass nothing on but transcriptions; too many requests are a matter of the moment.
  const isThere = (status >= 200 && status < 300) || (status >= 400 && status < 500);
  if (isThere) return { available: true, model };
  return unavailable(`Mistral at ${address} is not working now (${status}).`);
}

function unavailable(reason: string): Availability {
  return { available: false, reason };
}
