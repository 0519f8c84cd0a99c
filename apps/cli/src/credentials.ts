import { chmod, mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';
import { parseEnv } from 'node:util';
import { isLocal } from './server-address.ts';

type Environment = Readonly<Record<string, string | undefined>>;

export interface Credentials {
  readonly email: string;
  readonly password: string;
}

/** Tokens by server, in a file that only its owner may read. Passwords are never kept. */
export interface TokenStore {
  read(server: string): Promise<string | null>;
  write(server: string, token: string): Promise<void>;
}

/** `~/.config/friend-lite/credentials.json`, or below XDG_CONFIG_HOME. */
export function credentialsPath(environment: Environment): string {
  const base = environment.XDG_CONFIG_HOME ?? join(homedir(), '.config');
  return join(base, 'friend-lite', 'credentials.json');
}

export function tokenStore(path: string): TokenStore {
  return {
    read: async (server) => (await readTokens(path)).get(server) ?? null,
    async write(server, token) {
      const tokens = (await readTokens(path)).set(server, token);
      await mkdir(dirname(path), { recursive: true, mode: 0o700 });
      const draft = `${path}.${process.pid}`;
      const text = JSON.stringify({ tokens: Object.fromEntries(tokens) }, null, 2);
      await writeFile(draft, `${text}\n`, { mode: 0o600 });
      // A draft left by a process that died keeps the mode it had.
      await chmod(draft, 0o600);
      await rename(draft, path);
    },
  };
}

/**
 * Email and password from FRIEND_LITE_EMAIL and FRIEND_LITE_PASSWORD; for a server on this machine also the
 * administrator's, from ADMIN_EMAIL and ADMIN_PASSWORD in the environment or in the checkout's `.env`. They
 * are not sent to other machines. Null when there are none.
 */
export async function environmentCredentials(
  server: string,
  environment: Environment,
  envFile: string,
): Promise<Credentials | null> {
  const own = pair(environment.FRIEND_LITE_EMAIL, environment.FRIEND_LITE_PASSWORD);
  if (own || !isLocal(server)) return own;
  const file = await readFile(envFile, 'utf8').then(parseEnv, () => ({}));
  const { ADMIN_EMAIL, ADMIN_PASSWORD }: Environment = { ...file, ...environment };
  return pair(ADMIN_EMAIL ?? 'admin@example.com', ADMIN_PASSWORD);
}

function pair(email: string | undefined, password: string | undefined): Credentials | null {
  return email && password ? { email, password } : null;
}

/** A file that is missing or was damaged holds no tokens. */
async function readTokens(path: string): Promise<Map<string, string>> {
  const text = await readFile(path, 'utf8').catch(() => '{}');
  const found = new Map<string, string>();
  const tokens = field(parseJson(text), 'tokens');
  if (typeof tokens !== 'object' || tokens === null) return found;
  for (const [server, token] of Object.entries(tokens)) {
    if (typeof token === 'string') found.set(server, token);
  }
  return found;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

function field(value: unknown, name: string): unknown {
  if (typeof value !== 'object' || value === null) return undefined;
  return Object.entries(value).find(([key]) => key === name)?.[1];
}
