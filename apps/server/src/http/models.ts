import {
  modelRemovedSchema,
  modelSchema,
  modelsSchema,
  type ModelBody,
} from '@friend-lite/contract';
import { z } from 'zod';
import { AppError } from '../base/index.ts';
import type { ModelStatus } from '../models/index.ts';
import { requireRight } from './authentication.ts';
import type { HttpDeps } from './deps.ts';
import type { App } from './fastify.ts';

const params = z.object({ name: z.string() });

/** The models of this machine; administrators fetch and remove them. */
export function registerModels(app: App, { models, log }: Pick<HttpDeps, 'models' | 'log'>): void {
  const onRequest = requireRight('manage-users');

  app.get(
    '/api/admin/models',
    { onRequest, schema: { response: { 200: modelsSchema } } },
    async () => ({ models: (await models.list()).map(modelBody) }),
  );

  app.get(
    '/api/admin/models/:name',
    { onRequest, schema: { params, response: { 200: modelSchema } } },
    async (request) => modelBody(await find(request.params.name)),
  );

  app.post(
    '/api/admin/models/:name/fetch',
    { onRequest, schema: { params, response: { 202: modelSchema } } },
    async (request, reply) => {
      const { name } = request.params;
      await find(name);
      models.fetch(name, new AbortController().signal).catch((error: unknown) => {
        log.debug('fetching a model ended', { model: name, reason: String(error) });
      });
      return reply.code(202).send(modelBody(await find(name)));
    },
  );

  app.delete(
    '/api/admin/models/:name',
    { onRequest, schema: { params, response: { 200: modelRemovedSchema } } },
    async (request) => {
      const { name } = request.params;
      const removed = await models.remove(name);
      return { message: removed ? `${name} removed` : `${name} was not there`, removed };
    },
  );

  async function find(name: string): Promise<ModelStatus> {
    const status = await models.status(name);
    if (status) return status;
    const names = (await models.list()).map(({ model }) => model.name);
    throw new AppError('model_not_found', { names: names.join(', ') });
  }
}

function modelBody({ model, state, byteCount, totalBytes, problem }: ModelStatus): ModelBody {
  const { name, purpose, licence, repository } = model;
  return {
    name,
    purpose,
    licence,
    repository,
    state,
    bytes: byteCount,
    total_bytes: totalBytes,
    problem,
  };
}
