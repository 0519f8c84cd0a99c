export type { MemoryExtractor } from './extractor.ts';
export * from './ports.ts';
export { guardedModel, type GuardedModel } from './model/guarded-model.ts';
export { modelExtractor } from './model/model-extractor.ts';
export { remember } from './remember.ts';
export { rulesExtractor } from './rules/rules-extractor.ts';
export {
  estimateTokens,
  type LanguageModel,
  type ModelAnswer,
  type ModelRequest,
} from './language-model.ts';
