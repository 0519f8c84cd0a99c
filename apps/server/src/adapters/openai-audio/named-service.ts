import type { NamedService } from '../../base/index.ts';

/** Asks for the list of models. Some have none, or list them by other names than they answer to. */
export const named = {
  product: 'The recogniser',
  path: '/models',
  urlVariable: 'TRANSCRIPTION_OPENAI_BASE_URL',
  keyVariable: 'TRANSCRIPTION_OPENAI_API_KEY',
} satisfies NamedService;
