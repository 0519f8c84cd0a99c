/**
 * A `fetch` for forms that tells how much of the body has left, which only XMLHttpRequest can.
 *
 * Rejects as `fetch` does: with a TypeError where there is no answer, with the signal's reason on abort.
 */
export function fetchWithProgress(onProgress: (fraction: number) => void): typeof fetch {
  return (input, { method = 'GET', headers, body, signal } = {}) =>
    new Promise((resolve, reject) => {
      const request = new XMLHttpRequest();
      const abort = (): void => request.abort();
      request.upload.onprogress = ({ loaded, total }) => {
        if (total > 0) onProgress(loaded / total);
      };
      request.onload = () =>
        resolve(
          new Response(request.responseText || null, {
            status: request.status,
            statusText: request.statusText,
          }),
        );
      request.onerror = () => reject(new TypeError('The request failed'));
      // The reason of a signal is its owner's to choose.
      // eslint-disable-next-line @typescript-eslint/prefer-promise-reject-errors
      request.onabort = () => reject(signal?.reason);
      request.onloadend = () => signal?.removeEventListener('abort', abort);

      request.open(method, input instanceof Request ? input.url : input);
      new Headers(headers).forEach((value, name) => request.setRequestHeader(name, value));
      signal?.addEventListener('abort', abort);
      request.send(body instanceof FormData ? body : null);
      if (signal?.aborted) abort();
    });
}
