import multipart, { type Multipart } from '@fastify/multipart';
import { uploadAcceptedSchema, type UploadAcceptedBody } from '@friend-lite/contract';
import type { FastifyRequest } from 'fastify';
import { z } from 'zod';
import { AppError } from '../base/index.ts';
import type { IncomingUpload } from '../capture/index.ts';
import { sessionOf } from './authentication.ts';
import type { HttpDeps } from './deps.ts';
import type { App } from './fastify.ts';
import { limitSilence } from './request-time.ts';
import { uploadAcceptedBody } from './wire/upload.ts';

type UploadDeps = Pick<HttpDeps, 'uploads' | 'devices' | 'clock'>;

const defaultDevice = 'upload';
const fileFields = ['files', 'file'];
const maxFiles = 1000;
const maxFields = 2 * maxFiles + 20;
const maxFieldBytes = 1024;
/** Busboy would cut a file off without a word; the limit that counts says so. */
const noFileLimit = Number.MAX_SAFE_INTEGER;

const deviceName = z.string().max(200);
/** ISO 8601 with an offset, not before 1970. */
const moment = z.iso
  .datetime({ offset: true })
  .transform((text) => Date.parse(text))
  .pipe(z.number().min(0));

const querySchema = z.object({
  device_name: deviceName.optional(),
  recorded_at: moment.optional(),
});
/** `last_modified` is of the file that follows it. */
const fieldSchemas = { device_name: deviceName, recorded_at: moment, last_modified: moment };
type Facts = {
  -readonly [Name in keyof typeof fieldSchemas]?: z.infer<(typeof fieldSchemas)[Name]>;
};

/** Files of sound, any number in a request. Each becomes a job; the answer does not wait for it. */
export async function registerUploads(app: App, deps: UploadDeps): Promise<void> {
  await app.register(multipart, {
    limits: {
      files: maxFiles,
      fields: maxFields,
      parts: maxFiles + maxFields,
      fieldSize: maxFieldBytes,
      fileSize: noFileLimit,
    },
  });
  const schema = { querystring: querySchema, response: { 200: uploadAcceptedSchema } };
  const config = { isUpload: true };

  app.post('/api/audio/upload', { schema, config }, (request) =>
    receive(deps, request, request.query, (name) => name),
  );
  // Its clients know a device for each file.
  app.post('/api/process-audio-files', { schema, config }, (request) =>
    receive(
      deps,
      request,
      request.query,
      (name, number) => `${name}-${String(number).padStart(3, '0')}`,
    ),
  );
}

async function receive(
  { uploads, devices, clock }: UploadDeps,
  request: FastifyRequest,
  query: z.infer<typeof querySchema>,
  nameOf: (name: string, number: number) => string,
): Promise<UploadAcceptedBody> {
  const { user } = sessionOf(request);
  const expectedBytes = Number(request.headers['content-length'] ?? 0);
  const upload = await uploads.begin(user.id, expectedBytes);
  const stopWatching = limitSilence(request, clock);
  try {
    const form = await receiveForm(upload, request);
    if (form.fileCount === 0) {
      throw new AppError('invalid_request', { problem: 'files: Field required' });
    }
    const name = form.device_name ?? query.device_name ?? defaultDevice;
    const recordedAt = form.recorded_at ?? query.recorded_at ?? null;
    if (recordedAt !== null && recordedAt > clock.now()) {
      throw new AppError('invalid_request', { problem: 'recorded_at: lies in the future' });
    }
    const accepted = await upload.accept({
      recordedAt,
      deviceOf: async (number) => (await devices.seen(user.id, nameOf(name, number))).clientId,
    });
    return uploadAcceptedBody(accepted);
  } catch (error) {
    await upload.discard();
    throw error;
  } finally {
    stopWatching();
  }
}

async function receiveForm(
  upload: IncomingUpload,
  request: FastifyRequest,
): Promise<Facts & { fileCount: number }> {
  const facts: Facts = {};
  let fileCount = 0;
  for await (const part of request.parts()) {
    if (part.type === 'field') {
      readField(part.fieldname, part.value, facts);
      continue;
    }
    if (!fileFields.includes(part.fieldname)) {
      part.file.resume();
      continue;
    }
    fileCount += 1;
    await upload.add({
      filename: part.filename,
      writtenAt: facts.last_modified ?? null,
      content: undestroyed(part),
    });
    delete facts.last_modified;
    // Of a file that was refused the rest is read past, to reach the next one.
    part.file.resume();
  }
  return { ...facts, fileCount };
}

function readField(name: string, value: unknown, facts: Facts): void {
  if (name !== 'device_name' && name !== 'recorded_at' && name !== 'last_modified') return;
  const parsed = fieldSchemas[name].safeParse(value);
  if (!parsed.success) {
    const problem = `${name}: ${parsed.error.issues[0]?.message ?? 'unreadable'}`;
    throw new AppError('invalid_request', { problem });
  }
  Object.assign(facts, { [name]: parsed.data });
}

/** Whoever stops reading leaves the stream as it is: without it the parser would not go on. */
function undestroyed(part: Extract<Multipart, { type: 'file' }>): AsyncIterable<Uint8Array> {
  return part.file.iterator({ destroyOnReturn: false });
}
