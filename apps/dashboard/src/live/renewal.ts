import type { LiveEvent } from '@friend-lite/contract';

/** The keys of the queries that an event makes out of date. */
export function outdatedBy(event: LiveEvent): readonly (readonly string[])[] {
  switch (event.type) {
    case 'device':
      return [['devices']];
    case 'conversation':
      return [['devices'], ['conversations'], ['conversation']];
    case 'transcript':
      return [['conversations'], ['conversation']];
    case 'memory':
      return [['conversations'], ['conversation'], ['memories']];
    case 'health':
      return [['health']];
    case 'level':
    case 'caption':
    case 'captions':
    case 'job':
      return [];
  }
}

interface Renewal {
  add(keys: readonly (readonly string[])[]): void;
  cancel(): void;
}

/** Gathers keys for `delayMs` from the first one, so that a burst of events costs one reading. */
export function createRenewal(renew: (key: readonly string[]) => void, delayMs: number): Renewal {
  const pending = new Map<string, readonly string[]>();
  let timer: ReturnType<typeof setTimeout> | undefined;

  return {
    add(keys) {
      for (const key of keys) pending.set(key.join('/'), key);
      if (pending.size === 0) return;
      timer ??= setTimeout(() => {
        timer = undefined;
        const due = [...pending.values()];
        pending.clear();
        due.forEach(renew);
      }, delayMs);
    },
    cancel() {
      clearTimeout(timer);
      timer = undefined;
      pending.clear();
    },
  };
}
