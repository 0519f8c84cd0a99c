import { clientIdSchema, userIdSchema } from '@friend-lite/contract';
import { silentLog, systemClock } from '../../base/index.ts';
import {
  createCaptures,
  type Captures,
  type CaptureStore,
  type SocketLink,
} from '../../capture/index.ts';
import { segmentFiles } from './segment-files.ts';

/** A device that records into `dataDir`; its records are of no use to anybody but those who watch them come. */
export function recordingSession({
  dataDir,
  onCapture = () => undefined,
  onSegment,
  send = () => undefined,
  ...dialect
}: {
  readonly dataDir: string;
  readonly onCapture?: (capture: Parameters<CaptureStore['add']>[0]) => void;
  readonly onSegment: (segment: Parameters<CaptureStore['putSegment']>[0]) => void;
  readonly send?: SocketLink['send'];
  readonly codec?: 'opus';
  readonly isNumbered?: boolean;
}): ReturnType<Captures['connect']> {
  const captures = createCaptures({
    store: {
      add: async (capture) => onCapture(capture),
      update: async () => undefined,
      find: async () => null,
      listUnsealed: async () => [],
      putSegment: async (segment) => onSegment(segment),
      removeSegment: async () => undefined,
      segments: async () => [],
    },
    files: segmentFiles(dataDir),
    clock: systemClock,
    log: silentLog,
    onDevice: () => undefined,
    maxLateMs: 0,
    reconnectGraceMs: 60_000,
  });
  return captures.connect({
    userId: userIdSchema.parse('665f00000000000000a11ce0'),
    clientId: clientIdSchema.parse('a11ce0-phone'),
    deviceName: 'phone',
    ...dialect,
    link: {
      send,
      close: () => undefined,
      pause: () => undefined,
      resume: () => undefined,
      isAlive: async () => true,
    },
  });
}
