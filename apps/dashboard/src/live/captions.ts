import type { LiveEvent } from '@friend-lite/contract';

type CaptionEvent = Extract<LiveEvent, { type: 'caption' }>;
type StateEvent = Extract<LiveEvent, { type: 'captions' }>;

/** One thing somebody says. */
export interface CaptionLine {
  /** Epoch seconds. */
  readonly start: number;
  readonly text: string;
  readonly speaker: string | null;
  /** Whether it may still change. */
  readonly isInterim: boolean;
}

/** What a device hears now. */
export interface DeviceCaptions {
  readonly lines: readonly CaptionLine[];
  readonly state: StateEvent['state'];
}

const none: DeviceCaptions = { lines: [], state: 'idle' };
/** Lines kept of a device. */
const keptLines = 4;

/** The captions of each device, outside React, which hears of changes alone. */
interface Captions {
  show(event: CaptionEvent): void;
  setState(event: StateEvent): void;
  /** The same object until something changes. */
  of(clientId: string): DeviceCaptions;
  readonly subscribe: (listener: () => void) => () => void;
}

export function createCaptions(): Captions {
  const devices = new Map<string, DeviceCaptions>();
  const listeners = new Set<() => void>();
  const of = (clientId: string): DeviceCaptions => devices.get(clientId) ?? none;

  function set(clientId: string, next: DeviceCaptions): void {
    devices.set(clientId, next);
    for (const listener of listeners) listener();
  }

  return {
    of,
    show({ client_id, segments, is_final }) {
      const before = of(client_id);
      const final = before.lines.filter(({ isInterim }) => !isInterim);
      const shown = segments.map(({ start, text, speaker }) => ({
        start,
        text,
        speaker,
        isInterim: !is_final,
      }));
      set(client_id, { ...before, lines: [...final, ...shown].slice(-keptLines) });
    },
    setState: ({ client_id, state }) => set(client_id, { ...of(client_id), state }),
    subscribe(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
}
