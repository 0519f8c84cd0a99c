import type { NamedService } from '../../base/index.ts';
import { refusalOf } from './failures.ts';

/**
 * Asks for the projects of the key. One that is self-hosted has none, and a key that may not see them may hear speech all
 * the same.
 */
export const named = {
  product: 'Deepgram',
  path: '/v1/projects',
  urlVariable: 'DEEPGRAM_BASE_URL',
  keyVariable: 'DEEPGRAM_API_KEY',
  refusesKey: ({ status, headers, body }) =>
    status === 401 && refusalOf(status, headers, body).code !== 'INSUFFICIENT_PERMISSIONS',
} satisfies NamedService;
