import { pino, type DestinationStream } from 'pino';
import { AppError, ProviderError, type Log } from '../base/index.ts';

export type LogLevel = 'debug' | 'info' | 'warn' | 'error' | 'silent';

/**
 * JSON lines on standard error, one an event: `{level, time, event, …facts}`. No content by construction: facts are short
 * values chosen by the caller, and of a foreign error only class, code and stack frames are kept, since its
 * message may quote what somebody said.
 */
export function createLog(
  level: LogLevel,
  destination: DestinationStream = pino.destination(2),
): Log {
  const options = {
    level,
    base: null,
    messageKey: 'event',
    formatters: { level: (label: string) => ({ level: label }) },
    timestamp: pino.stdTimeFunctions.isoTime,
  };
  const logger = pino(options, destination);
  return {
    debug: (event, facts = {}) => logger.debug(facts, event),
    info: (event, facts = {}) => logger.info(facts, event),
    warn: (event, facts = {}) => logger.warn(facts, event),
    error: (event, error, facts = {}) => logger.error({ ...facts, error: describe(error) }, event),
  };
}

function describe(error: unknown): Record<string, unknown> {
  if (!(error instanceof Error)) return { class: typeof error };
  const isOurs = error instanceof AppError || error instanceof ProviderError;
  const code: unknown = 'code' in error ? error.code : undefined;
  return {
    class: error.name,
    ...(typeof code === 'string' ? { code } : {}),
    ...(isOurs ? { message: error.message } : {}),
    ...(error.stack ? { at: framesOf(error.stack) } : {}),
  };
}

/** The stack without its first lines, which repeat the message. */
function framesOf(stack: string): string[] {
  return stack
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line.startsWith('at '))
    .slice(0, 8);
}
