import { createHash } from 'node:crypto';
import { captureIdSchema } from '@friend-lite/contract';
import { z } from 'zod';
import { ownerToRead } from '../accounts/index.ts';
import { AppError } from '../base/index.ts';
import type { Capture } from '../capture/index.ts';
import type { Conversation } from '../conversations/index.ts';
import { sessionOf } from './authentication.ts';
import type { FileVersion } from './byte-range.ts';
import { findConversation, ownerQuerySchema } from './conversations.ts';
import type { HttpDeps } from './deps.ts';
import type { App } from './fastify.ts';
import { sendSound, wavFile, type SoundFile } from './sound-response.ts';
import { audioPathOf, parseAudioPath, type SoundKind } from './wire/audio-path.ts';

type AudioDeps = Pick<HttpDeps, 'conversations' | 'captureStore' | 'captureReader' | 'cropped'>;

const method = ['GET', 'HEAD'];

/** Opus captures are sent as they are stored, unless WAV is asked for. */
const captureQuerySchema = ownerQuerySchema.extend({ format: z.enum(['wav']).optional() });

/** The sound, as files made on the way out: WAV, or Ogg Opus. Each is its owner's alone, whatever address it is asked by. */
export function registerAudio(app: App, deps: AudioDeps): void {
  app.route({
    method,
    url: '/audio/*',
    schema: { params: z.object({ '*': z.string() }), querystring: ownerQuerySchema },
    handler: async (request, reply) => {
      const ownerId = ownerToRead(sessionOf(request).user, request.query.user_id);
      const path = request.params['*'];
      const named = parseAudioPath(path);
      const conversation = named && (await deps.conversations.find(ownerId, named.id));
      if (!conversation || audioPathOf(conversation, named.kind) !== path) {
        throw new AppError('not_found');
      }
      return sendSound(request, reply, await openSound(deps, conversation, named.kind));
    },
  });

  app.route({
    method,
    url: '/api/conversations/:conversationId/audio',
    schema: { params: z.object({ conversationId: z.string() }), querystring: ownerQuerySchema },
    handler: async (request, reply) => {
      const ownerId = ownerToRead(sessionOf(request).user, request.query.user_id);
      const conversation = await findConversation(deps, ownerId, request.params.conversationId);
      return sendSound(request, reply, await openSound(deps, conversation, 'whole'));
    },
  });

  app.route({
    method,
    url: '/api/captures/:captureId/audio',
    schema: {
      params: z.object({ captureId: z.string() }),
      querystring: captureQuerySchema,
    },
    handler: async (request, reply) => {
      const ownerId = ownerToRead(sessionOf(request).user, request.query.user_id);
      const id = captureIdSchema.safeParse(request.params.captureId);
      const capture = id.success ? await deps.captureStore.find(ownerId, id.data) : null;
      if (!capture) throw new AppError('not_found');
      return sendSound(request, reply, await openCapture(deps, capture, request.query.format));
    },
  });
}

async function openSound(
  deps: Pick<AudioDeps, 'captureReader' | 'cropped'>,
  conversation: Conversation,
  kind: SoundKind,
): Promise<SoundFile> {
  const { id, userId, ranges, endedAt, phase } = conversation;
  if (ranges.length === 0) throw new AppError('no_sound');
  const source =
    kind === 'cropped'
      ? await deps.cropped.open(userId, id)
      : await deps.captureReader.openRange(userId, ranges);
  if (!source) throw new AppError('not_found');
  const isFinal = phase !== 'open' && endedAt !== null;
  return wavFile({
    format: source.format,
    byteCount: source.byteCount,
    read: (start, end) => source.read(start, end),
    version: isFinal ? versionOf([id, kind, ranges, source.byteCount], endedAt) : null,
  });
}

async function openCapture(
  deps: Pick<AudioDeps, 'captureReader'>,
  capture: Capture,
  format: 'wav' | undefined,
): Promise<SoundFile> {
  const isFinal = capture.state === 'sealed' && capture.endedAt !== null;
  const version = (byteCount: number): FileVersion | null =>
    isFinal ? versionOf([capture.id, byteCount], capture.endedAt) : null;

  if (capture.format.encoding === 'opus' && format !== 'wav') {
    const ogg = await deps.captureReader.openOgg(capture);
    return {
      mediaType: 'audio/ogg',
      byteCount: ogg.byteCount,
      read: (start, end) => ogg.read(start, end),
      version: version(ogg.byteCount),
    };
  }
  const all = { captureId: capture.id, startMs: 0, endMs: Infinity };
  const source = await deps.captureReader.openRange(capture.userId, [all]);
  return wavFile({
    format: source.format,
    byteCount: source.byteCount,
    read: (start, end) => source.read(start, end),
    version: version(source.byteCount),
  });
}

function versionOf(facts: readonly unknown[], modifiedAt: number): FileVersion {
  const digest = createHash('sha256').update(JSON.stringify(facts)).digest('base64url');
  return { etag: `"${digest.slice(0, 22)}"`, modifiedAt };
}
