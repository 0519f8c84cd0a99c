import { AppError } from '../base/index.ts';
import type { HttpDeps } from './deps.ts';

const refuse = () => Promise.reject(new Error('not scripted'));

/** A house in which nothing can be changed: no edits, no recognisers, no models, no jobs. */
export const noChanges: Pick<
  HttpDeps,
  'edits' | 'retranscribe' | 'transcribers' | 'hearingHints' | 'models' | 'jobs'
> = {
  edits: {
    split: refuse,
    merge: refuse,
    trim: refuse,
    activate: refuse,
    correct: refuse,
    undo: () => Promise.reject(new AppError('nothing_to_undo')),
    history: async () => [],
  },
  retranscribe: refuse,
  transcribers: { describe: () => [], reset: () => false },
  hearingHints: { find: async () => null, put: async () => undefined },
  models: {
    list: async () => [],
    status: async () => null,
    paths: async () => null,
    fetch: refuse,
    remove: () => Promise.reject(new AppError('model_not_found', { names: 'none' })),
  },
  jobs: { find: async () => null },
};
