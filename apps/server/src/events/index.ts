export { createLiveEvents, type LiveEvents, type NumberedEvent } from './live-events.ts';
