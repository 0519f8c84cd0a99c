export * from './activity.ts';
export * from './format.ts';
