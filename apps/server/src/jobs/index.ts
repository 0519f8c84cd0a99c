export type { DeadHandler, JobHandler, JobResult } from './handler.ts';
export * from './ports.ts';
export { startWorker, type Worker } from './worker.ts';
