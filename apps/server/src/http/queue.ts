import { importJobSchema } from '@friend-lite/contract';
import { z } from 'zod';
import { AppError } from '../base/index.ts';
import { sessionOf } from './authentication.ts';
import type { HttpDeps } from './deps.ts';
import type { App } from './fastify.ts';
import { importJobBody } from './wire/upload.ts';

/** How uploads stand. What is somebody else's is not found. */
export function registerQueue(app: App, { uploads }: Pick<HttpDeps, 'uploads'>): void {
  app.get(
    '/api/queue/jobs/:jobId',
    {
      schema: {
        params: z.object({ jobId: z.string() }),
        response: { 200: importJobSchema },
      },
    },
    async (request) => {
      const { jobId } = request.params;
      const files = await uploads.find(sessionOf(request).user.id, jobId);
      if (files.length === 0) throw new AppError('job_not_found');
      return importJobBody(jobId, files);
    },
  );
}
