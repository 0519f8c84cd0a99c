export { applyRetentionJob, retentionHandler, startDailyRetention } from './daily.ts';
export { createErasure, type Erased, type Erasure } from './erasure.ts';
export { enqueuePacking, packingHandler, packSegmentsJob } from './packing.ts';
export * from './ports.ts';
export { createRetention, type Retention, type RetentionPlan } from './retention.ts';
export { measureStorage, type StorageUse } from './storage-use.ts';
