export { createHealth, type ServiceCheck, type ServiceReport } from './health.ts';
