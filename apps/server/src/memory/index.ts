export type { Candidate, Extraction, ExtractionInput, MemoryExtractor } from './extractor.ts';
export * from './ports.ts';
export { remember, type RememberOutcome, type RememberRequest } from './remember.ts';
export { rulesExtractor, type RulesExtractor } from './rules/rules-extractor.ts';
