import { ProviderError, type Clock, type Log } from '../../base/index.ts';
import { createBreaker, type BreakerState } from '../../health/index.ts';
import type { LanguageModel } from '../language-model.ts';

const breakerSettings = {
  failureThreshold: 3,
  openMs: { first: 60_000, longest: 600_000 },
  refusedOpenMs: 600_000,
};

/** A model that is left alone for a while when it keeps failing. */
export interface GuardedModel extends LanguageModel {
  breakerState(): BreakerState['kind'];
  dispose(): void;
}

/** `ask` throws a `ProviderError` (`transient`) at once while the model is left alone. */
export function guardedModel(
  model: LanguageModel,
  { clock, log }: { readonly clock: Clock; readonly log: Log },
): GuardedModel {
  const breaker = createBreaker(breakerSettings, clock, ({ kind }) =>
    log.info('language model', { model: model.name, breaker: kind }),
  );
  return {
    ...model,
    breakerState: () => breaker.state().kind,
    dispose: () => breaker.dispose(),

    async ask(request, signal) {
      if (!breaker.admits()) {
        throw new ProviderError(model.name, 'transient', 'left alone: it has failed too often');
      }
      breaker.tell({ type: 'asked' });
      try {
        const answer = await model.ask(request, signal);
        breaker.tell({ type: 'succeeded' });
        return answer;
      } catch (error) {
        if (error instanceof ProviderError) {
          breaker.tell({ type: 'failed', failure: error.failure });
        } else breaker.tell({ type: 'abandoned' });
        throw error;
      }
    },
  };
}
