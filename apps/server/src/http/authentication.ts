import type { IncomingHttpHeaders } from 'node:http';
import type { FastifyRequest } from 'fastify';
import { requireAccess, type Action, type Session, type Tokens } from '../accounts/index.ts';
import { AppError } from '../base/index.ts';

export const sessionCookie = 'fastapiusersauth';

/**
 * Where a token may come from, besides the cookie and the Authorization header. `query`: also from `?token=`,
 * for those who cannot set headers: sockets, event streams, players.
 */
export type TokenSource = 'headers' | 'query';

export interface Authenticator {
  /**
   * The session of a request. The cookie is tried first; where the request may change something, a cookie
   * counts only from a page of our own (a foreign page can make a browser send it).
   *
   * @throws AppError `unauthorized`; `forbidden` when only a cookie from a foreign page was offered.
   */
  authenticate(request: FastifyRequest, source: TokenSource): Promise<Session>;
  /** Whether the request carries anything that could be a token. */
  offersToken(request: FastifyRequest, source: TokenSource): boolean;
  /** @throws AppError `forbidden` for a request that a foreign page made a browser send. */
  requireSameOrigin(request: FastifyRequest): void;
}

export function createAuthenticator(
  tokens: Pick<Tokens, 'authenticate'>,
  publicUrl: string,
): Authenticator {
  const ownOrigin = new URL(publicUrl).origin;

  return {
    async authenticate(request, source) {
      const cookie = request.cookies[sessionCookie];
      const isCookieUsable = isSafe(request) || isSameOrigin(request.headers, ownOrigin);
      const offered = [
        isCookieUsable ? cookie : undefined,
        bearerToken(request.headers.authorization),
        source === 'query' ? queryToken(request.query) : undefined,
      ];
      for (const token of offered) {
        const session = token ? await tokens.authenticate(token) : null;
        if (session) return session;
      }
      throw new AppError(cookie && !isCookieUsable ? 'forbidden' : 'unauthorized');
    },

    offersToken(request, source) {
      const { authorization } = request.headers;
      return [
        request.cookies[sessionCookie],
        authorization,
        source === 'query' ? queryToken(request.query) : undefined,
      ].some((offered) => offered !== undefined && offered !== '');
    },

    requireSameOrigin(request) {
      if (!isSameOrigin(request.headers, ownOrigin)) {
        throw new AppError('forbidden');
      }
    },
  };
}

/** A hook that lets in only who is signed in, and notes who that is. */
export function requireSession(authenticator: Authenticator, source: TokenSource) {
  return async (request: FastifyRequest): Promise<void> => {
    request.session = await authenticator.authenticate(request, source);
  };
}

/** A hook, after `requireSession`, for what belongs to the server and to nobody in particular. */
export function requireRight(action: Action) {
  return async (request: FastifyRequest): Promise<void> => {
    requireAccess(sessionOf(request).user, action, null);
  };
}

/** The session of a request behind `requireSession`. */
export function sessionOf(request: FastifyRequest): Session {
  if (!request.session) throw new AppError('unauthorized');
  return request.session;
}

/**
 * Whether a request comes from a page of this server, or from no browser at all. Browsers say where an unsafe
 * request comes from in `Sec-Fetch-Site` (over TLS or on localhost) or `Origin`; whoever sends neither is not
 * a browser, and has the cookie because somebody gave it to them.
 */
export function isSameOrigin(headers: IncomingHttpHeaders, ownOrigin: string): boolean {
  const site = headers['sec-fetch-site'];
  if (site !== undefined) return site === 'same-origin' || site === 'none';
  const { origin, host } = headers;
  if (origin === undefined || origin === ownOrigin) return true;
  return host !== undefined && URL.parse(origin)?.host === host;
}

/** Whether the request cannot change anything. A socket can, although it opens with a GET. */
function isSafe(request: FastifyRequest): boolean {
  return ['GET', 'HEAD'].includes(request.method) && request.headers.upgrade === undefined;
}

function bearerToken(header: string | undefined): string | undefined {
  return /^bearer +(\S+)$/i.exec(header ?? '')?.[1];
}

function queryToken(query: unknown): string | undefined {
  return typeof query === 'object' &&
    query !== null &&
    'token' in query &&
    typeof query.token === 'string'
    ? query.token
    : undefined;
}
