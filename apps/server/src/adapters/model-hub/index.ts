export { modelHub } from './model-hub.ts';
