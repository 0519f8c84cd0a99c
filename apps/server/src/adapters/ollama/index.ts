export { ollamaLanguageModel } from './language-model.ts';
