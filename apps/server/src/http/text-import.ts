import { importConversationSchema, importedConversationSchema } from '@friend-lite/contract';
import type { z } from 'zod';
import type { ImportedUtterance } from '../conversations/index.ts';
import { sessionOf } from './authentication.ts';
import type { HttpDeps } from './deps.ts';
import type { App } from './fastify.ts';

type ImportDeps = Pick<HttpDeps, 'importText' | 'devices'>;

const defaultDevice = 'import';
const maxBodyBytes = 16 * 1024 * 1024;

/** Words that were written down elsewhere. */
export function registerTextImport(app: App, deps: ImportDeps): void {
  app.post(
    '/api/conversations/import',
    {
      bodyLimit: maxBodyBytes,
      schema: { body: importConversationSchema, response: { 201: importedConversationSchema } },
    },
    async (request, reply) => {
      const { body } = request;
      const userId = sessionOf(request).user.id;
      const { clientId } = await deps.devices.seen(userId, body.device_name ?? defaultDevice);
      const { id, utteranceCount } = await deps.importText({
        userId,
        clientId,
        title: body.title ?? null,
        startedAt: body.started_at,
        utterances: body.utterances.map((utterance) => importedOf(utterance, body.started_at)),
      });
      return reply.code(201).send({ conversation_id: id, utterance_count: utteranceCount });
    },
  );
}

type UtteranceBody = z.output<typeof importConversationSchema>['utterances'][number];

function importedOf(body: UtteranceBody, startedAt: number): ImportedUtterance {
  const epochMs = (seconds: number | null | undefined): number | null =>
    seconds === null || seconds === undefined ? null : startedAt + Math.round(seconds * 1000);
  return {
    text: body.text,
    speaker: body.speaker ?? null,
    startMs: body.started_at ?? epochMs(body.start),
    endMs: epochMs(body.end),
    externalId: body.external_id ?? null,
  };
}
