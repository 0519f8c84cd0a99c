import formbody from '@fastify/formbody';
import multipart from '@fastify/multipart';
import {
  authConfigSchema,
  loginFormSchema,
  tokenResponseSchema,
  type AuthConfigBody,
} from '@friend-lite/contract';
import type { CookieSerializeOptions } from '@fastify/cookie';
import type { FastifyRequest } from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import type { z } from 'zod';
import { tokenLifetimeSeconds } from '../accounts/index.ts';
import { requireSession, sessionCookie, sessionOf, type Authenticator } from './authentication.ts';
import type { HttpDeps } from './deps.ts';
import type { App } from './fastify.ts';

const authConfig: AuthConfigBody = {
  auth_method: 'email',
  registration_enabled: false,
  features: { email_login: true, user_id_login: false, registration: false },
  auth_methods: { email_password: true, registration: false, admin_user_creation: true },
  endpoints: {
    jwt_login: '/auth/jwt/login',
    cookie_login: '/auth/cookie/login',
    register: null,
    admin_create_user: '/api/create_user',
  },
};

/** Logging in and out. The form may come urlencoded or as multipart, as clients send either. */
export async function registerAuth(
  app: App,
  deps: Pick<HttpDeps, 'login' | 'tokens' | 'isCookieSecure'>,
  authenticator: Authenticator,
): Promise<void> {
  const cookieOptions: CookieSerializeOptions = {
    path: '/',
    httpOnly: true,
    sameSite: 'lax',
    secure: deps.isCookieSecure,
  };

  const tokenFor = async (
    request: FastifyRequest,
    { username, password }: z.infer<typeof loginFormSchema>,
  ): Promise<string> => {
    const user = await deps.login({ email: username, password, address: request.ip });
    return deps.tokens.issue(user.id);
  };

  app.get(
    '/api/auth/config',
    { schema: { response: { 200: authConfigSchema } } },
    () => authConfig,
  );

  await app.register(async (scope) => {
    await scope.register(formbody);
    await scope.register(multipart, {
      attachFieldsToBody: 'keyValues',
      limits: { fields: 10, fieldSize: 4096, parts: 10, files: 0 },
    });
    const forms = scope.withTypeProvider<ZodTypeProvider>();

    forms.post(
      '/auth/jwt/login',
      { schema: { body: loginFormSchema, response: { 200: tokenResponseSchema } } },
      async (request) => ({
        access_token: await tokenFor(request, request.body),
        token_type: 'bearer' as const,
      }),
    );

    forms.post(
      '/auth/cookie/login',
      {
        // A foreign page must not be able to log a browser in as somebody else.
        onRequest: async (request) => authenticator.requireSameOrigin(request),
        schema: { body: loginFormSchema },
      },
      async (request, reply) => {
        const token = await tokenFor(request, request.body);
        return reply
          .setCookie(sessionCookie, token, { ...cookieOptions, maxAge: tokenLifetimeSeconds })
          .status(204)
          .send();
      },
    );
  });

  const onRequest = requireSession(authenticator, 'headers');

  app.post('/auth/jwt/logout', { onRequest }, async (request, reply) => {
    await deps.tokens.revoke(sessionOf(request));
    return reply.status(204).send();
  });

  app.post('/auth/cookie/logout', { onRequest }, async (request, reply) => {
    await deps.tokens.revoke(sessionOf(request));
    return reply
      .clearCookie(sessionCookie, { ...cookieOptions, maxAge: 0 })
      .status(204)
      .send();
  });
}
