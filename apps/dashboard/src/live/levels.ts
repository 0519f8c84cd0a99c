/** How loud a device is now. `db` is dBFS, -100..0. */
interface Level {
  readonly db: number;
  readonly isSpeech: boolean;
}

const silence: Level = { db: -100, isSpeech: false };
/** After this long without news a device counts as silent. */
const staleAfterMs = 1500;

/**
 * The newest level of each device, outside React: several come in a second, and only a canvas follows
 * them. React hears of speech beginning and ending alone.
 */
interface Levels {
  set(clientId: string, level: Level): void;
  /** The level at `now` (`performance.now()`). */
  get(clientId: string, now: number): Level;
  isSpeech(clientId: string): boolean;
  /** Calls `listener` when any device starts or stops speaking. Returns the function that ends it. */
  readonly subscribeToSpeech: (listener: () => void) => () => void;
}

export function createLevels(): Levels {
  const entries = new Map<
    string,
    { level: Level; at: number; expiry: ReturnType<typeof setTimeout> | undefined }
  >();
  const listeners = new Set<() => void>();
  const tell = (): void => {
    for (const listener of listeners) listener();
  };

  return {
    set(clientId, level) {
      const before = entries.get(clientId);
      clearTimeout(before?.expiry);
      const expiry = level.isSpeech
        ? setTimeout(() => this.set(clientId, silence), staleAfterMs)
        : undefined;
      entries.set(clientId, { level, at: performance.now(), expiry });
      if ((before?.level.isSpeech ?? false) !== level.isSpeech) tell();
    },
    get(clientId, now) {
      const entry = entries.get(clientId);
      return entry && now - entry.at < staleAfterMs ? entry.level : silence;
    },
    isSpeech: (clientId) => entries.get(clientId)?.level.isSpeech ?? false,
    subscribeToSpeech(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
}

/** A level as a height, 0..1: -60 dBFS and below is nothing, -6 and above is all. */
export function loudness(db: number): number {
  return Math.min(1, Math.max(0, (db + 60) / 54));
}
