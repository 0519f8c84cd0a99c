import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import process from 'node:process';
import type { HealthBody } from '@friend-lite/contract';
import { systemClock } from './base/index.ts';
import { compose, type House } from './compose.ts';
import { ConfigError, readConfig, withEnvFile, type Config } from './config/index.ts';
import { createLog } from './telemetry/index.ts';

/** The server: config → compose → listen → drain on SIGTERM. Says on stdout what it found, logs to stderr. */

/** A stop that takes longer is cut short: what was taken is on disk by then. */
const stopLimitMs = 15_000;

const config = configOrExit();
const log = createLog(config.logLevel);
process.on('uncaughtException', (error) => {
  log.error('crashed', error);
  process.exit(1);
});

const house = await orExit(compose(config, { version: versionOf(), log, clock: systemClock }));
stopOn(['SIGTERM', 'SIGINT'], house);
const port = await orExit(house.start(), () => house.stop());
const address = addressOf(config, port);
console.log(`\nFriend-Lite ${versionOf()} is ready on ${address}\n`);
console.log(found(await house.report(), config));
if (house.setupToken !== null) {
  const base = port === config.port ? config.publicUrl : address;
  console.log(`
  There is no administrator yet, and until there is nothing else answers.
  Open this link once, and choose an email and a password:

  ${base}/setup?token=${house.setupToken}
`);
}

function configOrExit(): Config {
  const folder = process.cwd();
  try {
    return readConfig(withEnvFile(join(folder, '.env'), process.env), folder);
  } catch (error) {
    return giveUp(error);
  }
}

async function orExit<T>(
  started: Promise<T>,
  undo: () => Promise<void> = async () => undefined,
): Promise<T> {
  try {
    return await started;
  } catch (error) {
    await undo().catch((failure: unknown) => log.error('stop failed', failure));
    return giveUp(error);
  }
}

/** Says what is wrong, for who started the server, and ends it. */
function giveUp(error: unknown): never {
  const message = error instanceof Error ? error.message : 'for an unknown reason';
  console.error(error instanceof ConfigError ? message : `Friend-Lite cannot start: ${message}`);
  process.exit(1);
}

/** Repeated signals are one: a terminal sends Ctrl-C to the whole group, and npm passes it on as well. */
function stopOn(signals: readonly NodeJS.Signals[], running: House): void {
  let isStopping = false;
  const stop = (signal: NodeJS.Signals): void => {
    if (isStopping) return;
    isStopping = true;
    log.info('stopping', { signal });
    setTimeout(() => process.exit(1), stopLimitMs).unref();
    running.stop().then(
      () => process.exit(0),
      (error: unknown) => {
        log.error('stop failed', error);
        process.exit(1);
      },
    );
  };
  for (const signal of signals) process.on(signal, stop);
}

/** Where this machine reaches the server. */
function addressOf({ host }: Config, listeningPort: number): string {
  const isAnywhere = host === '0.0.0.0' || host === '::';
  const name = isAnywhere ? 'localhost' : host.includes(':') ? `[${host}]` : host;
  return `http://${name}:${listeningPort}`;
}

function found({ services }: HealthBody, { dataDir }: Config): string {
  const lines = Object.values(services).map(({ label, healthy, critical, status }) => {
    const mark = healthy ? '✓' : critical ? '✗' : '!';
    const detail = status.replace(/^[^\p{L}\p{N}]+/u, '');
    return `  ${mark} ${String(label).padEnd(18)} ${detail}`;
  });
  return [...lines, `    ${'Data'.padEnd(18)} ${dataDir}`].join('\n');
}

function versionOf(): string {
  const manifest: unknown = JSON.parse(
    readFileSync(new URL('../package.json', import.meta.url), 'utf8'),
  );
  const hasVersion = typeof manifest === 'object' && manifest !== null && 'version' in manifest;
  return hasVersion && typeof manifest.version === 'string' ? manifest.version : 'unknown';
}
