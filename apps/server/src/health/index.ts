export { createBreaker, type Breaker, type BreakerSettings, type BreakerState } from './breaker.ts';
export { createHealth, type ServiceCheck, type ServiceReport } from './health.ts';
