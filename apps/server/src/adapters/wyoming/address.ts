/** Where a Wyoming server listens. */
export interface WyomingAddress {
  readonly host: string;
  readonly port: number;
}

/**
 * Reads `tcp://host:port` (a closing slash is fine; IPv6 in brackets).
 * Throws a `TypeError` that says what is wrong with it.
 */
export function parseWyomingUri(uri: string): WyomingAddress {
  const url = URL.parse(uri);
  if (url?.protocol !== 'tcp:') throw new TypeError('must look like tcp://host:port');
  const port = Number(url.port);
  if (!url.hostname || !port) throw new TypeError('must name a host and a port: tcp://host:port');
  const hasMore = url.username || url.password || url.search || url.hash;
  if (hasMore || !['', '/'].includes(url.pathname)) {
    throw new TypeError('must hold nothing but host and port: tcp://host:port');
  }
  return { host: url.hostname.replace(/^\[(.*)\]$/, '$1'), port };
}
