import type { Clock, HttpService, Log } from '../../base/index.ts';
import type { LiveTranscriber } from '../../transcription/index.ts';
import { openLiveSession } from './live-session.ts';
import { liveParameters, type ModelOptions } from './parameters.ts';

/** What the vendor serves at once to accounts of the usual size. */
const usualSessions = 150;
/** After "too many requests", how long no more sessions are opened than were served then. */
const restraintMs = 60_000;
const tooManyRequests = 429;
/** The service hears recorded sound that much faster than it was spoken, and no faster. */
const maxPace = 1.25;

/** Live sessions over WebSockets. Refused for their number, it serves no more than it had for a minute. */
export function deepgramLive(
  options: ModelOptions & {
    readonly service: HttpService;
    readonly clock: Clock;
    readonly log: Log;
  },
): LiveTranscriber {
  const { service, clock, log, model } = options;
  let openCount = 0;
  let concurrency = usualSessions;
  let cancelRestraint = (): void => undefined;

  function restrain(): void {
    concurrency = Math.max(1, openCount - 1);
    cancelRestraint();
    cancelRestraint = clock.after(restraintMs, () => {
      concurrency = usualSessions;
    });
  }

  return {
    interim: true,
    get concurrency() {
      return concurrency;
    },
    maxPace,
    open(hints, listener) {
      openCount += 1;
      return openLiveSession({
        ...service.webSocket(`/v1/listen?${liveParameters(options, hints).toString()}`),
        model,
        clock,
        log,
        listener,
        onRefused: ({ status }) => {
          if (status === tooManyRequests) restrain();
        },
        onOver: () => {
          openCount -= 1;
        },
      });
    },
  };
}
