export { openAiLanguageModel } from './language-model.ts';
