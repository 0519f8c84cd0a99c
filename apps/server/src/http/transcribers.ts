import { hearingHintsSchema, transcribersSchema } from '@friend-lite/contract';
import { z } from 'zod';
import { AppError } from '../base/index.ts';
import { noHints } from '../transcription/index.ts';
import { requireRight, sessionOf } from './authentication.ts';
import type { HttpDeps } from './deps.ts';
import type { App } from './fastify.ts';

/** The recognisers, and what each user says of their speech. */
export function registerTranscribers(
  app: App,
  { transcribers, hearingHints }: Pick<HttpDeps, 'transcribers' | 'hearingHints'>,
): void {
  app.get('/api/transcribers', { schema: { response: { 200: transcribersSchema } } }, async () => ({
    transcribers: transcribers.describe().map((engine) => ({
      name: engine.name,
      available: engine.available,
      model: engine.available ? engine.model : null,
      reason: engine.available ? null : engine.reason,
      breaker: engine.breaker,
      live: engine.isLive,
      diarization: engine.tellsSpeakersApart,
    })),
  }));

  app.post(
    '/api/admin/transcribers/:name/reset',
    {
      onRequest: requireRight('manage-users'),
      schema: {
        params: z.object({ name: z.string() }),
        response: { 200: z.object({ message: z.string() }) },
      },
    },
    async (request) => {
      const { name } = request.params;
      if (!transcribers.reset(name)) throw unknownTranscriber(transcribers);
      return { message: `${name} is asked again` };
    },
  );

  app.get(
    '/api/settings/transcription',
    { schema: { response: { 200: hearingHintsSchema } } },
    async (request) => {
      const { language, keyterms } =
        (await hearingHints.find(sessionOf(request).user.id)) ?? noHints;
      return { language, keyterms: [...keyterms] };
    },
  );

  app.put(
    '/api/settings/transcription',
    { schema: { body: hearingHintsSchema, response: { 200: hearingHintsSchema } } },
    async (request) => {
      await hearingHints.put(sessionOf(request).user.id, request.body);
      return request.body;
    },
  );
}

/** With the names there are. */
export function unknownTranscriber({ describe }: HttpDeps['transcribers']): AppError {
  const names = describe().map(({ name }) => name);
  return new AppError('transcriber_not_found', { names: names.join(', ') || 'none' });
}
