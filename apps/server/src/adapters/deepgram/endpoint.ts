/** Where a Deepgram is and how it lets us in. */
export interface Endpoint {
  readonly headers: Readonly<Record<string, string>>;
  /** For people: scheme, host, port and path prefix. */
  readonly address: string;
  http(path: string, query?: URLSearchParams): URL;
  webSocket(path: string, query: URLSearchParams): URL;
}

/**
 * `baseUrl` may have a path, as behind a proxy. Throws a `TypeError` that says what is wrong with it or with the key,
 * and names neither the key nor credentials within the address.
 */
export function endpointAt(baseUrl: string, apiKey: string): Endpoint {
  const base = URL.parse(baseUrl);
  if (!base || !['http:', 'https:'].includes(base.protocol)) {
    throw new TypeError('the address of Deepgram must be an http(s) URL');
  }
  if (base.username || base.password || base.search || base.hash) {
    throw new TypeError('the address of Deepgram must hold no credentials, query or fragment');
  }
  // Anything else would fail in a header, with an error that quotes it.
  if (!/^[\x21-\x7e]+$/.test(apiKey)) {
    throw new TypeError('the key of Deepgram must be plain characters without spaces');
  }
  const prefix = base.pathname.replace(/\/+$/, '');
  const http = (path: string, query = new URLSearchParams()): URL => {
    const url = new URL(base);
    url.pathname = prefix + path;
    url.search = query.toString();
    return url;
  };
  return {
    headers: { authorization: `Token ${apiKey}` },
    address: base.origin + prefix,
    http,
    webSocket(path, query) {
      const url = http(path, query);
      url.protocol = base.protocol === 'https:' ? 'wss:' : 'ws:';
      return url;
    },
  };
}
