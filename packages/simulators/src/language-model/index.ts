export {
  startModelService,
  wordsOf,
  type ChatRequest,
  type ModelServiceOptions,
  type ModelSimulator,
  type ModelVendor,
} from './server.ts';
