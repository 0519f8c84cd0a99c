export { speakerService } from './identifier.ts';
