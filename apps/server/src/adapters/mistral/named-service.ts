import type { NamedService } from '../../base/index.ts';

/** Asks for the list of models. */
export const named = {
  product: 'Mistral',
  path: '/v1/models',
  urlVariable: 'MISTRAL_BASE_URL',
  keyVariable: 'MISTRAL_API_KEY',
} satisfies NamedService;
