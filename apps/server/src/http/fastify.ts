import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { FastifyBaseLogger, FastifyInstance } from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import type { Session } from '../accounts/index.ts';

/** The app as the resources see it: schemas are zod's, and bodies and queries have their types. */
export type App = FastifyInstance<
  Server,
  IncomingMessage,
  ServerResponse,
  FastifyBaseLogger,
  ZodTypeProvider
>;

declare module 'fastify' {
  interface FastifyRequest {
    /** Who asks; null on routes that do not ask who. */
    session: Session | null;
  }
  interface FastifyContextConfig {
    /** The route answers while the server still has no administrator. */
    isOpenBeforeSetup?: boolean;
    /** The route is a WebSocket. */
    isSocket?: boolean;
    /** Its body may take as long as it keeps coming. */
    isUpload?: boolean;
  }
}
