import type { FastifyHelmetOptions } from '@fastify/helmet';

/**
 * What pages of ours may do: run our scripts, talk to us ('self' includes our sockets, CSP level 3), and show
 * and play what they made themselves. Nobody may frame them.
 *
 * @param isTls whether people reach the server over TLS; without it a browser must not be told to insist on it.
 */
export function securityHeaders(isTls: boolean): FastifyHelmetOptions {
  return {
    contentSecurityPolicy: {
      useDefaults: false,
      directives: {
        defaultSrc: ["'self'"],
        scriptSrc: ["'self'"],
        // The waveform player draws with styles of its own.
        styleSrc: ["'self'", "'unsafe-inline'"],
        imgSrc: ["'self'", 'data:', 'blob:'],
        mediaSrc: ["'self'", 'data:', 'blob:'],
        fontSrc: ["'self'", 'data:'],
        connectSrc: ["'self'"],
        workerSrc: ["'self'", 'blob:'],
        objectSrc: ["'none'"],
        baseUri: ["'self'"],
        formAction: ["'self'"],
        frameAncestors: ["'none'"],
      },
    },
    strictTransportSecurity: isTls && { maxAge: 180 * 24 * 3600 },
    // Means something over TLS only, and warns in the console otherwise.
    crossOriginOpenerPolicy: isTls,
    originAgentCluster: isTls,
    xFrameOptions: { action: 'deny' },
  };
}
