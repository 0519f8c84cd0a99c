import { importJobSchema, jobIdSchema, jobStatusSchema } from '@friend-lite/contract';
import { z } from 'zod';
import { AppError } from '../base/index.ts';
import { sessionOf } from './authentication.ts';
import type { HttpDeps } from './deps.ts';
import type { App } from './fastify.ts';
import { isoTime } from './wire/time.ts';
import { importJobBody } from './wire/upload.ts';

/** How uploads and other jobs stand. What is somebody else's is not found. */
export function registerQueue(
  app: App,
  { uploads, jobs }: Pick<HttpDeps, 'uploads' | 'jobs'>,
): void {
  app.get(
    '/api/queue/jobs/:jobId',
    {
      schema: {
        params: z.object({ jobId: z.string() }),
        response: { 200: z.union([importJobSchema, jobStatusSchema]) },
      },
    },
    async (request) => {
      const { jobId } = request.params;
      const { id: userId } = sessionOf(request).user;
      const files = await uploads.find(userId, jobId);
      if (files.length > 0) return importJobBody(jobId, files);
      const id = jobIdSchema.safeParse(jobId);
      const job = id.success ? await jobs.find(userId, id.data) : null;
      if (!job) throw new AppError('job_not_found');
      const { kind, state: status, createdAt, note } = job;
      return { job_id: jobId, kind, status, created_at: isoTime(createdAt), note };
    },
  );
}
