import type { FastifyRequest } from 'fastify';
import { AppError, type Clock } from '../base/index.ts';
import type { App } from './fastify.ts';

/** For a request to arrive in full, its body included. */
const requestTimeMs = 30_000;
/** For the next bytes of an upload, which may take as long as it keeps coming. */
const maxSilenceMs = 30_000;

/**
 * Cuts the connection of a request whose body does not arrive in time. Node.js could do so by itself, but
 * for all requests alike; uploads look after themselves (`limitSilence`).
 */
export function limitRequestTime(app: App, clock: Clock): void {
  app.addHook('onRequest', async (request) => {
    if (request.raw.complete || request.ws || request.routeOptions.config.isUpload === true) return;
    const cancel = clock.after(requestTimeMs, () => request.raw.destroy());
    request.raw.once('end', cancel);
    request.raw.once('close', cancel);
  });
}

/** Cuts the connection of a request that sends nothing for 30 s while it is read. Returns what ends the watch. */
export function limitSilence(request: FastifyRequest, clock: Clock): () => void {
  const { raw } = request;
  const cut = (): void => void raw.destroy(new AppError('idle_timeout', { minutes: 0.5 }));
  let cancel = clock.after(maxSilenceMs, cut);
  const onData = (): void => {
    cancel();
    cancel = clock.after(maxSilenceMs, cut);
  };
  raw.on('data', onData);
  return () => {
    cancel();
    raw.off('data', onData);
  };
}
