import type { Log } from '../base/index.ts';

/**
 * Writes the newest of a row of states: one write at a time, and a state that was overtaken while it
 * waited is left out. A write that fails is logged; the next one brings the record up to date, and a
 * restart repairs what is left.
 */
export interface Saver<State> {
  save(state: State): void;
  /** Resolves when everything given so far was written or overtaken. Never rejects. */
  settled(): Promise<void>;
}

export function createSaver<State>(
  write: (state: State) => Promise<void>,
  log: Log,
  subject: string,
): Saver<State> {
  let next: { readonly state: State } | null = null;
  let writing: Promise<void> | null = null;

  async function writeAll(): Promise<void> {
    while (next) {
      const { state } = next;
      next = null;
      try {
        await write(state);
      } catch (error) {
        log.error(`${subject} not saved`, error);
      }
    }
    writing = null;
  }

  return {
    save(state) {
      next = { state };
      writing ??= writeAll();
    },
    async settled() {
      await writing;
    },
  };
}
