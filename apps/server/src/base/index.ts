export { runInBackground } from './background-thread.ts';
export { sleep, systemClock, type Clock } from './clock.ts';
export { AppError, ProviderError, type ProviderFailure } from './errors.ts';
export { unreachable } from './exhaustive.ts';
export { createHoldOff } from './hold-off.ts';
export {
  connectionFailed,
  failureOfStatus,
  httpService,
  parseJson,
  type HttpAnswer,
  type HttpService,
} from './http-service.ts';
export { derivedUuid, newHexId, newObjectId, newUuid } from './ids.ts';
export { silentLog, type Log } from './log.ts';
export { probeService, type NamedService } from './reachability.ts';
