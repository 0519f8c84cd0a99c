export { catalogue } from './catalogue.ts';
export type { Model, ModelStatus, ModelStore } from './ports.ts';
