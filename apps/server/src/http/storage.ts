import { Readable } from 'node:stream';
import { storageSchema, type CaptureCheckLine, type StorageBody } from '@friend-lite/contract';
import { ownerToRead } from '../accounts/index.ts';
import { AppError } from '../base/index.ts';
import type { StorageUse } from '../retention/index.ts';
import { requireRight, sessionOf } from './authentication.ts';
import { ownerQuerySchema } from './conversations.ts';
import type { HttpDeps } from './deps.ts';
import type { App } from './fastify.ts';

const hourMs = 3_600_000;
/** What a rate is told from: less is mostly the size of a header. */
const minRatedMs = 1000;

/** How much sound there is, and whether all of it is whole. */
export function registerStorage(
  app: App,
  deps: Pick<HttpDeps, 'storageUse' | 'checkCaptures'>,
): void {
  app.get(
    '/api/storage',
    { schema: { querystring: ownerQuerySchema, response: { 200: storageSchema } } },
    async (request) =>
      storageBody(
        await deps.storageUse(ownerToRead(sessionOf(request).user, request.query.user_id)),
      ),
  );

  let isChecking = false;
  // A line of JSON for each fault while it is found, since a year of sound takes hours.
  app.get(
    '/api/captures/check',
    { onRequest: requireRight('manage-users') },
    async (_request, reply) => {
      if (isChecking) throw new AppError('check_running');
      isChecking = true;
      const gone = new AbortController();
      reply.raw.once('close', () => {
        isChecking = false;
        gone.abort();
      });
      reply.type('application/x-ndjson');
      return reply.send(Readable.from(checkLines(deps, gone.signal)));
    },
  );
}

async function* checkLines(
  deps: Pick<HttpDeps, 'checkCaptures'>,
  signal: AbortSignal,
): AsyncGenerator<string> {
  let [captures, segments, faults] = [0, 0, 0];
  const line = (body: CaptureCheckLine): string => `${JSON.stringify(body)}\n`;
  for await (const found of deps.checkCaptures(signal)) {
    captures += found.captureCount;
    segments += found.segmentCount;
    faults += found.faults.length;
    for (const fault of found.faults) {
      yield line({
        type: 'fault',
        user_id: fault.userId,
        capture_id: fault.captureId,
        segment: fault.index,
        fault: fault.kind,
      });
    }
    yield line({ type: 'progress', captures, segments, faults });
  }
  yield line({ type: 'done', captures, segments, faults });
}

function storageBody(use: StorageUse): StorageBody {
  const { sound } = use;
  return {
    audio: { ...sound },
    cropped_bytes: use.croppedBytes,
    uploads_bytes: use.uploadBytes,
    database_bytes: use.databaseBytes,
    free_bytes: use.freeBytes,
    ...ratesOf(sound.pcm + sound.flac + sound.opus, use.soundMs),
    devices: use.devices.map(({ clientId, byteCount, soundMs }) => ({
      client_id: clientId,
      audio_bytes: byteCount,
      ...ratesOf(byteCount, soundMs),
    })),
  };
}

function ratesOf(
  byteCount: number,
  soundMs: number,
): Pick<StorageBody, 'recorded_hours' | 'audio_bytes_per_hour'> {
  return {
    recorded_hours: soundMs / hourMs,
    audio_bytes_per_hour: soundMs < minRatedMs ? null : Math.round((byteCount * hourMs) / soundMs),
  };
}
