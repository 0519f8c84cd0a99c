import type { Clock, Log } from './base/index.ts';
import type { Config } from './config/index.ts';
import {
  guardedModel,
  modelExtractor,
  rulesExtractor,
  type GuardedModel,
  type MemoryExtractor,
} from './memory/index.ts';
import { jobKinds } from './pipeline/index.ts';
import { languageModelOf } from './providers.ts';

/** A long conversation is many requests of a slow model. */
const extractionTimeoutMs = 6 * 3_600_000;

/** Everything about memories: put together here, so that the composition root stays readable. */
export interface Remembering {
  /** Null: none is set up. */
  readonly languageModel: GuardedModel | null;
  /** In order of preference: the model, and the rules for what it cannot read. */
  readonly extractors: readonly [MemoryExtractor, ...MemoryExtractor[]];
  readonly timeoutMs: Readonly<Record<string, number>>;
  stop(): Promise<void>;
}

export function composeRemembering(config: Config, clock: Clock, log: Log): Remembering {
  const rules = rulesExtractor(clock);
  const configured = languageModelOf(config, clock);
  const languageModel = configured && guardedModel(configured, { clock, log });
  return {
    languageModel,
    extractors: languageModel ? [modelExtractor(languageModel, clock), rules] : [rules],
    timeoutMs: { [jobKinds.extractMemories]: extractionTimeoutMs },
    async stop() {
      languageModel?.dispose();
      await rules.close();
    },
  };
}
