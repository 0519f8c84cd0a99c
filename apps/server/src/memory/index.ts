export type { MemoryExtractor } from './extractor.ts';
export * from './ports.ts';
export { remember } from './remember.ts';
export { rulesExtractor } from './rules/rules-extractor.ts';
