export { startSpeakerService } from './server.ts';
