import {
  createUserResponseSchema,
  setupRequestSchema,
  setupStatusSchema,
} from '@friend-lite/contract';
import type { HttpDeps } from './deps.ts';
import type { App } from './fastify.ts';
import { userBody } from './wire/user.ts';

/** The first run: whether it is still to be done, and doing it. */
export function registerSetup(app: App, deps: Pick<HttpDeps, 'setup'>): void {
  const config = { isOpenBeforeSetup: true };

  app.get('/api/setup', { config, schema: { response: { 200: setupStatusSchema } } }, () => ({
    setup_required: deps.setup.isRequired(),
  }));

  app.post(
    '/api/setup',
    { config, schema: { body: setupRequestSchema, response: { 201: createUserResponseSchema } } },
    async ({ body }, reply) => {
      const admin = await deps.setup.complete(body.token, body);
      return reply.status(201).send({
        message: 'The administrator was created; you can log in now',
        user_id: admin.id,
        user_email: admin.email,
        user: userBody(admin),
      });
    },
  );
}
