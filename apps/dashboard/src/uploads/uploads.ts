export interface UploadFacts {
  readonly deviceName: string;
  /** Start of the sound; null where the file's own time tells. */
  readonly recordedAt: Date | null;
}

export type Transfer =
  | { readonly step: 'waiting' }
  /** `fraction`: how much has left this device, 0 to 1. */
  | { readonly step: 'sending'; readonly fraction: number }
  | { readonly step: 'failed'; readonly error: unknown }
  /** The server has it; its job tells how it goes on. */
  | { readonly step: 'sent'; readonly jobId: string };

export interface Upload {
  readonly id: number;
  readonly name: string;
  readonly sizeBytes: number;
  readonly transfer: Transfer;
}

/** Sends a file and returns the id of its import job. */
export type SendFile = (
  file: File,
  facts: UploadFacts,
  onProgress: (fraction: number) => void,
  signal: AbortSignal,
) => Promise<string>;

export interface Uploads {
  /** In the order they were added; another array after each change. */
  readonly list: () => readonly Upload[];
  readonly subscribe: (onChange: () => void) => () => void;
  readonly add: (files: readonly File[], facts: UploadFacts) => void;
  readonly retry: (id: number) => void;
  /** Takes it from the list; what was still being sent is given up. */
  readonly remove: (id: number) => void;
  readonly clear: () => void;
}

interface Entry extends Upload {
  readonly file: File;
  readonly facts: UploadFacts;
}

/** Files on their way, one at a time: on one line, several would only each be slower. */
export function createUploads(send: SendFile): Uploads {
  let entries: readonly Entry[] = [];
  let lastId = 0;
  let current: { readonly id: number; readonly controller: AbortController } | null = null;
  const listeners = new Set<() => void>();

  const change = (next: readonly Entry[]): void => {
    entries = next;
    for (const listener of listeners) listener();
  };
  const move = (id: number, transfer: Transfer): void =>
    change(entries.map((entry) => (entry.id === id ? { ...entry, transfer } : entry)));

  function sendNext(): void {
    const next = entries.find(({ transfer }) => transfer.step === 'waiting');
    if (current || !next) return;
    const { id, file, facts } = next;
    const controller = new AbortController();
    const attempt = { id, controller };
    current = attempt;
    const settle = (transfer: Transfer): void => {
      // One that was removed has no line to change, and perhaps the next is on its way.
      if (current !== attempt) return;
      current = null;
      move(id, transfer);
      sendNext();
    };
    move(id, { step: 'sending', fraction: 0 });
    send(
      file,
      facts,
      (fraction) => {
        if (current === attempt) move(id, { step: 'sending', fraction });
      },
      controller.signal,
    ).then(
      (jobId) => settle({ step: 'sent', jobId }),
      (error: unknown) => settle({ step: 'failed', error }),
    );
  }

  function giveUp(): void {
    current?.controller.abort();
    current = null;
  }

  return {
    list: () => entries,
    subscribe(onChange) {
      listeners.add(onChange);
      return () => listeners.delete(onChange);
    },
    add(files, facts) {
      const added = files.map((file) => ({
        id: ++lastId,
        name: file.name,
        sizeBytes: file.size,
        transfer: { step: 'waiting' } as const,
        file,
        facts,
      }));
      change([...entries, ...added]);
      sendNext();
    },
    retry(id) {
      move(id, { step: 'waiting' });
      sendNext();
    },
    remove(id) {
      if (current?.id === id) giveUp();
      change(entries.filter((entry) => entry.id !== id));
      sendNext();
    },
    clear() {
      giveUp();
      change([]);
    },
  };
}
