import { CliError } from './errors.ts';

const defaultServer = 'http://localhost:8000';

/**
 * The server a command is for: `--server`, else FRIEND_LITE_SERVER, else the usual one on this machine. The
 * scheme may be left out. Without a trailing slash.
 *
 * @throws CliError when it is no http(s) address.
 */
export function serverAddress(
  option: string | undefined,
  environment: Readonly<Record<string, string | undefined>>,
): string {
  const text = (option ?? environment.FRIEND_LITE_SERVER ?? '').trim() || defaultServer;
  const url = URL.parse(/^[a-z]+:\/\//i.test(text) ? text : `http://${text}`);
  if (!url || !['http:', 'https:'].includes(url.protocol) || url.hostname === '') {
    throw new CliError(`${text} is not the address of a server; it looks like ${defaultServer}`);
  }
  return `${url.origin}${url.pathname}`.replace(/\/+$/, '');
}

/** Whether a server runs on this machine. */
export function isLocal(server: string): boolean {
  const { hostname } = new URL(server);
  return hostname === 'localhost' || hostname === '[::1]' || /^127(\.\d+){3}$/.test(hostname);
}
