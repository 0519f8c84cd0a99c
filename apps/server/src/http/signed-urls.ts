import { signAudioSchema, signedUrlSchema } from '@friend-lite/contract';
import type { FastifyRequest } from 'fastify';
import { z } from 'zod';
import { AppError } from '../base/index.ts';
import { sessionOf } from './authentication.ts';
import type { HttpDeps } from './deps.ts';
import type { App } from './fastify.ts';
import { audioPathOf, parseAudioPath } from './wire/audio-path.ts';
import { isoTime } from './wire/time.ts';

const prefix = '/audio/';

/** Makes addresses of one's own sound that a player opens without a token, for ten minutes. */
export function registerSignedUrls(
  app: App,
  deps: Pick<HttpDeps, 'conversations' | 'signedPaths'>,
): void {
  app.post(
    '/api/audio/sign',
    { schema: { body: signAudioSchema, response: { 200: signedUrlSchema } } },
    async (request) => {
      const { user } = sessionOf(request);
      const given = request.body.path;
      const path = given.startsWith(prefix) ? given.slice(prefix.length) : given;
      const named = parseAudioPath(path);
      const conversation = named && (await deps.conversations.find(user.id, named.id));
      if (!conversation || audioPathOf(conversation, named.kind) !== path) {
        throw new AppError('not_found');
      }
      const { expires, signature } = deps.signedPaths.sign(user.id, prefix + path);
      const query = new URLSearchParams({ expires: String(expires), signature });
      return {
        url: `${prefix}${encodeURIComponent(path)}?${query.toString()}`,
        expires_at: isoTime(expires * 1000),
      };
    },
  );
}

const signedQuerySchema = z.object({ expires: z.coerce.number().int(), signature: z.string() });
const pathParamsSchema = z.object({ '*': z.string() });

/**
 * A hook for routes of sound: lets in who brings a signature for the very path, as the user it was made for;
 * everybody else is `otherwise`'s.
 */
export function letInSigned(
  signedPaths: HttpDeps['signedPaths'],
  otherwise: (request: FastifyRequest) => Promise<void>,
) {
  return async (request: FastifyRequest): Promise<void> => {
    const params = pathParamsSchema.safeParse(request.params);
    const isSignable = request.routeOptions.url === `${prefix}*` && params.success;
    if (!isSignable || !hasSignature(request.query)) return otherwise(request);
    const query = signedQuerySchema.safeParse(request.query);
    if (!query.success) throw new AppError('signed_url_invalid');
    const { expires, signature } = query.data;
    const user = await signedPaths.verify(prefix + params.data['*'], expires, signature);
    request.session = { user, tokenId: 'signed-url', expiresAt: expires * 1000 };
  };
}

function hasSignature(query: unknown): boolean {
  return typeof query === 'object' && query !== null && 'signature' in query;
}
