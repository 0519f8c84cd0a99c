import cookie from '@fastify/cookie';
import helmet from '@fastify/helmet';
import Fastify from 'fastify';
import {
  serializerCompiler,
  validatorCompiler,
  type ZodTypeProvider,
} from 'fastify-type-provider-zod';
import { AppError, newHexId, type Clock } from '../base/index.ts';
import { registerAudioSockets } from './audio-sockets.ts';
import { registerAudio } from './audio.ts';
import { registerAuth } from './auth.ts';
import { createAuthenticator, requireSession, type Authenticator } from './authentication.ts';
import { registerClients } from './clients.ts';
import { registerConversationEdits } from './conversation-edits.ts';
import { registerConversations } from './conversations.ts';
import { registerDashboard } from './dashboard.ts';
import type { HttpDeps } from './deps.ts';
import { refuseGarbage, refuseUnroutable, registerErrors } from './errors.ts';
import { registerEvents } from './events.ts';
import type { App } from './fastify.ts';
import { registerHealth } from './health.ts';
import { registerMemories } from './memories.ts';
import { registerModels } from './models.ts';
import { registerPeople } from './people.ts';
import { registerQueue } from './queue.ts';
import { registerRequestLog } from './request-log.ts';
import { limitRequestTime } from './request-time.ts';
import { watchRoutes } from './route-table.ts';
import { securityHeaders } from './security-headers.ts';
import { registerRetention } from './retention.ts';
import { registerSetup } from './setup.ts';
import { letInSigned, registerSignedUrls } from './signed-urls.ts';
import { registerStorage } from './storage.ts';
import { registerTranscribers } from './transcribers.ts';
import { registerTranscriptChanges } from './transcript-changes.ts';
import { registerTextImport } from './text-import.ts';
import { registerTranscripts } from './transcripts.ts';
import { registerUploads } from './uploads.ts';
import { registerUsers } from './users.ts';

/** Bodies are small forms and JSON; sound comes over sockets. */
const maxBodyBytes = 64 * 1024;
/** For the head of a request to arrive; see `limitRequestTime` for its body. */
const headersTimeoutMs = 30_000;
/** For requests under way to end when the app closes. */
const closeGraceMs = 2000;

/**
 * The whole HTTP surface over the rooms in `deps`. It does not listen yet; closing it ends sockets and event
 * streams.
 */
export async function buildApp(deps: HttpDeps): Promise<App> {
  const app = Fastify({
    // Requests are logged by registerRequestLog, which knows what must not be in a log.
    logger: false,
    bodyLimit: maxBodyBytes,
    http: { headersTimeout: headersTimeoutMs, requestTimeout: 0 },
    genReqId: () => newHexId(),
    routerOptions: { maxParamLength: 200 },
    clientErrorHandler: refuseGarbage,
    frameworkErrors: refuseUnroutable,
    // closeInTime does it, with our error body.
    return503OnClosing: false,
  }).withTypeProvider<ZodTypeProvider>();
  app.setValidatorCompiler(validatorCompiler);
  app.setSerializerCompiler(serializerCompiler);
  app.decorateRequest('session', null);

  const routes = watchRoutes(app);
  const authenticator = createAuthenticator(deps.tokens, deps.publicUrl);
  registerErrors(app, deps.log, routes);
  registerRequestLog(app, deps.log, deps.clock);
  await app.register(helmet, securityHeaders(deps.isCookieSecure));
  await app.register(cookie);
  // First of all routes: its plugin tells sockets from requests for every route after it.
  await registerSockets(app, deps, authenticator);
  refuseOtherUpgrades(app);
  forbidCaching(app);
  closeInTime(app, deps.clock);
  limitRequestTime(app, deps.clock);
  refuseBeforeSetup(app, deps);

  registerHealth(app, deps);
  registerSetup(app, deps);
  await registerAuth(app, deps, authenticator);
  await app.register(async (scope) => {
    scope.addHook('onRequest', requireSession(authenticator, 'headers'));
    const signedIn = scope.withTypeProvider<ZodTypeProvider>();
    registerUsers(signedIn, deps);
    registerClients(signedIn, deps);
    registerConversations(signedIn, deps);
    registerConversationEdits(signedIn, deps);
    registerTextImport(signedIn, deps);
    registerTranscripts(signedIn, deps);
    registerTranscriptChanges(signedIn, deps);
    registerTranscribers(signedIn, deps);
    registerModels(signedIn, deps);
    registerPeople(signedIn, deps);
    registerMemories(signedIn, deps);
    registerQueue(signedIn, deps);
    await registerUploads(signedIn, deps);
    registerRetention(signedIn, deps);
    registerStorage(signedIn, deps);
    registerSignedUrls(signedIn, deps);
  });
  await app.register(async (scope) => {
    scope.addHook(
      'onRequest',
      letInSigned(deps.signedPaths, requireSession(authenticator, 'query')),
    );
    const signedIn = scope.withTypeProvider<ZodTypeProvider>();
    registerAudio(signedIn, deps);
    registerEvents(signedIn, deps);
  });
  await registerDashboard(app, deps, routes);
  return app;
}

async function registerSockets(
  app: App,
  deps: HttpDeps,
  authenticator: Authenticator,
): Promise<void> {
  await registerAudioSockets(app, {
    captures: deps.captures,
    devices: deps.devices,
    clock: deps.clock,
    log: deps.log,
    limits: deps.audioSockets,
    async authenticate(request) {
      if (deps.setup.isRequired()) throw new AppError('setup_required');
      return authenticator.offersToken(request, 'query')
        ? authenticator.authenticate(request, 'query')
        : null;
    },
    async authenticateToken(token) {
      const session = await deps.tokens.authenticate(token);
      if (!session) throw new AppError('unauthorized');
      return session;
    },
    isRevoked: (session) => deps.tokens.isRevoked(session),
  });
}

/** Answers are one person's and change; what may be kept says so itself. */
function forbidCaching(app: App): void {
  app.addHook('onRequest', async (_request, reply) => {
    reply.header('cache-control', 'no-store');
  });
}

/**
 * Once the app closes, new requests are refused and those under way get a moment. Connections that are still
 * there then are cut: also those that a browser opened ahead and never used, which Node.js would wait for.
 */
function closeInTime(app: App, clock: Clock): void {
  let isClosing = false;
  app.addHook('preClose', async () => {
    isClosing = true;
    clock.after(closeGraceMs, () => app.server.closeAllConnections());
  });
  app.addHook('onRequest', async (_request, reply) => {
    if (!isClosing) return;
    reply.header('connection', 'close');
    throw new AppError('shutting_down');
  });
}

/** An upgrade of any other route would open and close without a word. */
function refuseOtherUpgrades(app: App): void {
  app.addHook('onRequest', async (request) => {
    if (request.ws && request.routeOptions.config.isSocket !== true)
      throw new AppError('not_found');
  });
}

/** Sockets are let through: they are accepted and told why, so that browsers can see it. */
function refuseBeforeSetup(app: App, deps: Pick<HttpDeps, 'setup'>): void {
  app.addHook('onRequest', async (request) => {
    const isOpen = request.ws || request.routeOptions.config.isOpenBeforeSetup === true;
    if (!isOpen && deps.setup.isRequired()) throw new AppError('setup_required');
  });
}
