export * from './ports.ts';
export * from './stages.ts';
