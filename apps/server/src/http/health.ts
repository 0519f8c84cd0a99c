import { authHealthSchema, healthSchema, readinessSchema } from '@friend-lite/contract';
import { AppError } from '../base/index.ts';
import type { HttpDeps } from './deps.ts';
import type { App } from './fastify.ts';
import { unixSeconds } from './wire/time.ts';

/** How the server is, for people and for probes. Asks nobody who they are, and names no secret. */
export function registerHealth(
  app: App,
  deps: Pick<HttpDeps, 'healthReport' | 'isReady' | 'clock'>,
): void {
  const config = { isOpenBeforeSetup: true };

  for (const prefix of ['', '/api']) {
    // 200 whatever it says: the answer is the report, not its verdict.
    app.get(
      `${prefix}/health`,
      { config, schema: { response: { 200: healthSchema } } },
      deps.healthReport,
    );

    app.get(
      `${prefix}/readiness`,
      { config, schema: { response: { 200: readinessSchema } } },
      () => {
        if (!deps.isReady()) throw new AppError('not_ready');
        return { status: 'ready' as const, timestamp: unixSeconds(deps.clock.now()) };
      },
    );

    app.get(
      `${prefix}/auth/health`,
      { config, schema: { response: { 200: authHealthSchema } } },
      async () => {
        const report = await deps.healthReport();
        if (!report.critical_services_healthy) throw new AppError('not_ready');
        // Memories live in the critical store unless a service of their own is reported.
        const isMemoryWell = report.services.memory_service?.healthy ?? true;
        return {
          status: 'ok' as const,
          database: 'ok' as const,
          memory_service: isMemoryWell ? ('ok' as const) : ('unavailable' as const),
          timestamp: report.timestamp,
        };
      },
    );
  }
}
