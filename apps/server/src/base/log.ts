/** Facts beside a log line: ids, counts, durations, codes. Never words, tokens, passwords, keys or whole URLs. */
export type LogFacts = Readonly<Record<string, string | number | boolean | null | undefined>>;

/** Structured logging. `event` is a short constant phrase; what varies goes into `facts`. */
export interface Log {
  debug(event: string, facts?: LogFacts): void;
  info(event: string, facts?: LogFacts): void;
  warn(event: string, facts?: LogFacts): void;
  /** `error` gives class, code and stack to the log; its message only when it is one of ours. */
  error(event: string, error: unknown, facts?: LogFacts): void;
}

/** Swallows everything: for tests. */
export const silentLog: Log = {
  debug: () => undefined,
  info: () => undefined,
  warn: () => undefined,
  error: () => undefined,
};
