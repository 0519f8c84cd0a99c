import { ApiError, createClient, type Client } from '@friend-lite/client';
import type { UserBody } from '@friend-lite/contract';
import type { Credentials, TokenStore } from './credentials.ts';
import { CliError } from './errors.ts';

/** A client that is signed in, and as whom. */
export interface Session {
  readonly client: Client;
  readonly token: string;
  readonly user: UserBody;
}

export interface SessionDeps {
  readonly server: string;
  readonly store: TokenStore;
  /** What to sign in with when no token is kept, or it is not valid any more. */
  readonly credentials: () => Promise<Credentials | null>;
  readonly signal: AbortSignal;
}

/**
 * Signs in: with the token that is kept, else with the credentials at hand.
 *
 * @throws CliError when neither is there; ApiError when the server refuses or does not answer.
 */
export async function openSession(deps: SessionDeps): Promise<Session> {
  const { server, store, credentials } = deps;
  const kept = await store.read(server);
  if (kept !== null) {
    const session = await sessionOf(server, kept, deps.signal).catch((error: unknown) => {
      if (error instanceof ApiError && error.status === 401) return null;
      throw error;
    });
    if (session) return session;
  }
  const known = await credentials();
  if (!known) {
    const how = 'friend-lite login, or FRIEND_LITE_EMAIL and FRIEND_LITE_PASSWORD';
    throw new CliError(
      kept === null
        ? `You are not signed in to ${server}. Sign in with: ${how}`
        : `Your session at ${server} has ended. Sign in again with: ${how}`,
    );
  }
  return signIn(deps, known);
}

/** Signs in with a password and keeps the token. */
export async function signIn(
  { server, store, signal }: Pick<SessionDeps, 'server' | 'store' | 'signal'>,
  credentials: Credentials,
): Promise<Session> {
  const { access_token: token } = await createClient({ baseUrl: server }).loginForToken(
    credentials,
    { signal },
  );
  const session = await sessionOf(server, token, signal);
  await store.write(server, token);
  return session;
}

async function sessionOf(server: string, token: string, signal: AbortSignal): Promise<Session> {
  const client = createClient({ baseUrl: server, token });
  return { client, token, user: await client.me({ signal }) };
}
