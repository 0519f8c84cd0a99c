import { createUserResponseSchema, createUserSchema, userSchema } from '@friend-lite/contract';
import { z } from 'zod';
import { requireRight, sessionOf } from './authentication.ts';
import type { HttpDeps } from './deps.ts';
import type { App } from './fastify.ts';
import { userBody } from './wire/user.ts';

/** Who one is; and, for administrators, everybody else. */
export function registerUsers(app: App, deps: Pick<HttpDeps, 'users'>): void {
  app.get('/users/me', { schema: { response: { 200: userSchema } } }, (request) =>
    userBody(sessionOf(request).user),
  );

  const onRequest = requireRight('manage-users');

  app.get(
    '/api/users',
    { onRequest, schema: { response: { 200: z.array(userSchema) } } },
    async () => (await deps.users.list()).map(userBody),
  );

  // Two generations of tools know it by two names.
  for (const path of ['/api/create_user', '/api/users']) {
    app.post(
      path,
      {
        onRequest,
        schema: { body: createUserSchema, response: { 201: createUserResponseSchema } },
      },
      async ({ body }, reply) => {
        const user = await deps.users.create({
          email: body.email,
          password: body.password,
          displayName: body.display_name ?? null,
          isActive: body.is_active ?? true,
          isSuperuser: body.is_superuser ?? false,
        });
        return reply.status(201).send({
          message: `User ${user.email} created successfully`,
          user_id: user.id,
          user_email: user.email,
          user: userBody(user),
        });
      },
    );
  }
}
