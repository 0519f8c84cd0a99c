import {
  captureIdSchema,
  captureRemovedSchema,
  erasedSchema,
  retentionPlanSchema,
  retentionSettingsSchema,
  userIdSchema,
  type ErasedBody,
  type RetentionPlanBody,
  type RetentionSettingsBody,
  type UserId,
} from '@friend-lite/contract';
import { z } from 'zod';
import { AppError } from '../base/index.ts';
import type { Erased, RetentionPlan, RetentionSettings } from '../retention/index.ts';
import { requireRight, sessionOf } from './authentication.ts';
import type { HttpDeps } from './deps.ts';
import type { App } from './fastify.ts';
import { isoTime } from './wire/time.ts';

/** A run takes each capture in turn; what is not done in this time the daily job does. */
const runLimitMs = 25_000;

/** What one keeps, and what one deletes. Always one's own, but for an administrator's delete of a user. */
export function registerRetention(
  app: App,
  deps: Pick<HttpDeps, 'retention' | 'retentionSettings' | 'erasure' | 'users'>,
): void {
  app.get(
    '/api/settings/retention',
    { schema: { response: { 200: retentionSettingsSchema } } },
    async (request) => settingsBody(await deps.retention.settings(sessionOf(request).user.id)),
  );

  app.put(
    '/api/settings/retention',
    { schema: { body: retentionSettingsSchema, response: { 200: retentionSettingsSchema } } },
    async (request) => {
      const { body } = request;
      await deps.retentionSettings.put(sessionOf(request).user.id, {
        audioDays: body.audio_days,
        conversationsDays: body.conversations_days,
        unclaimedAudioHours: body.unclaimed_audio_hours,
      });
      return body;
    },
  );

  for (const [path, call] of [
    ['/api/retention/dry-run', 'preview'],
    ['/api/retention/run', 'run'],
  ] as const) {
    app.post(path, { schema: { response: { 200: retentionPlanSchema } } }, async (request) =>
      planBody(
        await deps.retention[call](sessionOf(request).user.id, AbortSignal.timeout(runLimitMs)),
      ),
    );
  }

  app.delete(
    '/api/captures/:captureId',
    {
      schema: {
        params: z.object({ captureId: z.string() }),
        querystring: z.object({ force: z.enum(['true', 'false']).default('false') }),
        response: { 200: captureRemovedSchema },
      },
    },
    async (request) => {
      const id = captureIdSchema.safeParse(request.params.captureId);
      if (!id.success) throw new AppError('capture_not_found');
      const { segmentCount, conversationCount } = await deps.erasure.removeCapture(
        sessionOf(request).user.id,
        id.data,
        request.query.force === 'true',
      );
      return {
        capture_id: id.data,
        segments_removed: segmentCount,
        conversations_left: conversationCount,
      };
    },
  );

  app.delete(
    '/api/users/me/data',
    { schema: { response: { 200: erasedSchema } } },
    async (request) => {
      const { id } = sessionOf(request).user;
      return erasedBody(id, await deps.erasure.eraseUser(id));
    },
  );

  app.delete(
    '/api/users/:userId/data',
    {
      onRequest: requireRight('manage-users'),
      schema: { params: z.object({ userId: z.string() }), response: { 200: erasedSchema } },
    },
    async (request) => {
      const id = userIdSchema.safeParse(request.params.userId);
      const isKnown = id.success && (await deps.users.list()).some((user) => user.id === id.data);
      if (!isKnown) throw new AppError('not_found');
      return erasedBody(id.data, await deps.erasure.eraseUser(id.data));
    },
  );
}

function settingsBody(settings: RetentionSettings): RetentionSettingsBody {
  return {
    audio_days: settings.audioDays,
    conversations_days: settings.conversationsDays,
    unclaimed_audio_hours: settings.unclaimedAudioHours,
  };
}

function planBody({ conversations, sound, byteCount }: RetentionPlan): RetentionPlanBody {
  const captures = sound.map(({ capture, segments, byteCount: bytes }) => ({
    capture_id: capture.id,
    client_id: capture.clientId,
    started_at: isoTime(capture.startedAt),
    expired_segments: segments.filter(({ reason }) => reason === 'expired').length,
    unclaimed_segments: segments.filter(({ reason }) => reason === 'unclaimed').length,
    bytes,
  }));
  return {
    conversations: conversations.map(({ conversation, what }) => ({
      conversation_id: conversation.id,
      title: conversation.title,
      started_at: isoTime(conversation.startedAt),
      removes: what,
    })),
    captures,
    conversation_count: conversations.length,
    segment_count: sound.reduce((sum, { segments }) => sum + segments.length, 0),
    bytes: byteCount,
  };
}

function erasedBody(userId: UserId, { records, files }: Erased): ErasedBody {
  return {
    user_id: userId,
    records: { ...records },
    files: files.fileCount,
    bytes: files.byteCount,
  };
}
