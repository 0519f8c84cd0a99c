import type { Clock } from './base/index.ts';
import {
  createUploads,
  type Admission,
  type Captures,
  type SoundDecoder,
  type UploadFiles,
  type Uploads,
  type UploadStore,
} from './capture/index.ts';
import type { DeadHandler, JobHandler, JobQueue } from './jobs/index.ts';
import { abandonImport, enqueueImport, importAudio, importAudioKind } from './pipeline/index.ts';

/** Two days of sound, read and converted on a slow machine. */
const importTimeoutMs = 6 * 3_600_000;

/** Everything about uploaded files: put together here, so that the composition root stays readable. */
export interface Importing {
  readonly uploads: Uploads;
  readonly handlers: Readonly<Record<string, JobHandler>>;
  readonly timeoutMs: Readonly<Record<string, number>>;
  readonly onDead: Readonly<Record<string, DeadHandler>>;
}

export interface ImportingParts {
  readonly store: UploadStore;
  readonly files: UploadFiles;
  readonly decoder: SoundDecoder;
  readonly captures: Pick<Captures, 'takeUpRecording'>;
  readonly jobs: Pick<JobQueue, 'enqueue'>;
  readonly admission: Admission;
  readonly freeBytes: () => Promise<number>;
  readonly maxFileBytes: number;
  /** Told after a job of this kind was enqueued. */
  readonly nudge: (kind: string) => void;
  readonly clock: Clock;
}

export function composeImporting(parts: ImportingParts): Importing {
  const { store, files, admission, clock } = parts;
  const tools = { ...parts, uploads: store };
  return {
    uploads: createUploads({
      store,
      files,
      admission,
      freeBytes: parts.freeBytes,
      maxFileBytes: parts.maxFileBytes,
      async requestImport(file) {
        await enqueueImport(parts.jobs, file);
        parts.nudge(importAudioKind);
      },
      clock,
    }),
    handlers: { [importAudioKind]: importAudio(tools) },
    timeoutMs: { [importAudioKind]: importTimeoutMs },
    onDead: { [importAudioKind]: abandonImport(tools) },
  };
}
