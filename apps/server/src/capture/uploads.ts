import {
  jobIdSchema,
  uploadIdSchema,
  type ClientId,
  type UploadId,
  type UserId,
} from '@friend-lite/contract';
import { AppError, newUuid, type Clock } from '../base/index.ts';
import type { Admission } from './storage-guard.ts';
import type { UploadedFile, UploadFiles, UploadStore } from './upload-ports.ts';

const maxNameCharacters = 200;

/** A file on its way in. */
export interface IncomingFile {
  /** As the client sent it. */
  readonly filename: string;
  /** Epoch ms when it was last changed; null when the client does not say. */
  readonly writtenAt: number | null;
  /** Read to its end, or no further than where it is refused. */
  readonly content: AsyncIterable<Uint8Array>;
}

/** The files of one request, as they come in. Nothing counts before `accept`. */
export interface IncomingUpload {
  /** Takes a file to the disk. One that is refused counts as failed, and the others go on. */
  add(file: IncomingFile): Promise<void>;
  /** Everything came: when this resolves, all of it is sure to be imported, or to be told as failed. */
  accept(facts: {
    /** Epoch ms of the start of each file's sound; null when the client does not say. */
    readonly recordedAt: number | null;
    /** The device of the file with this number, 1, 2, 3 … */
    readonly deviceOf: (number: number) => Promise<ClientId>;
  }): Promise<Upload>;
  /** Leaves nothing behind. */
  discard(): Promise<void>;
}

export interface Upload {
  readonly id: UploadId;
  readonly files: readonly UploadedFile[];
}

/** Files of sound that people send, from the request to the record of what became of them. */
export interface Uploads {
  /**
   * Begins to take a request of about `expectedBytes`.
   * Throws `storage_full` when there is no room for it, or what keeps this user's sound out.
   */
  begin(userId: UserId, expectedBytes: number): Promise<IncomingUpload>;
  /** The files of an upload, or the one that a file's own id names; empty when the user has no such. */
  find(userId: UserId, id: string): Promise<readonly UploadedFile[]>;
  /** After a restart: removes what was left half-sent, and asks again for what is not imported yet. */
  resume(): Promise<void>;
}

export interface UploadsDeps {
  readonly store: UploadStore;
  readonly files: UploadFiles;
  readonly admission: Admission;
  readonly freeBytes: () => Promise<number>;
  readonly maxFileBytes: number;
  /** Asks for the import of a file. Asking again changes nothing. */
  readonly requestImport: (file: UploadedFile) => Promise<void>;
  readonly clock: Clock;
}

type Received = Pick<
  UploadedFile,
  'id' | 'number' | 'filename' | 'byteCount' | 'writtenAt' | 'error'
>;

export function createUploads(deps: UploadsDeps): Uploads {
  const { store, files, clock } = deps;

  function receive(userId: UserId): IncomingUpload {
    const uploadId = uploadIdSchema.parse(newUuid());
    const received: Received[] = [];

    return {
      async add({ filename, writtenAt, content }) {
        const id = jobIdSchema.parse(newUuid());
        const file = {
          id,
          number: received.length + 1,
          filename: displayName(filename),
          writtenAt: writtenAt === null ? null : Math.min(writtenAt, clock.now()),
        };
        try {
          const byteCount = await files.write({ userId, id }, content, deps.maxFileBytes);
          if (byteCount === 0) throw new AppError('no_sound_in_file');
          received.push({ ...file, byteCount, error: null });
        } catch (error) {
          if (!(error instanceof AppError)) throw error;
          await files.remove({ userId, id });
          const { code, params } = error;
          received.push({ ...file, byteCount: 0, error: { code, params } });
        }
      },

      async accept({ recordedAt, deviceOf }) {
        const receivedAt = clock.now();
        const records: UploadedFile[] = [];
        for (const file of received) {
          records.push({
            ...file,
            uploadId,
            userId,
            clientId: await deviceOf(file.number),
            receivedAt,
            recordedAt,
            state: file.error ? 'failed' : 'queued',
            progress: 0,
            startedAt: null,
            durationMs: null,
            captureId: null,
          });
        }
        await store.add(records);
        for (const file of records) if (file.state === 'queued') await deps.requestImport(file);
        return { id: uploadId, files: records };
      },

      async discard() {
        for (const { id } of received) await files.remove({ userId, id });
      },
    };
  }

  return {
    async begin(userId, expectedBytes) {
      const refusal = deps.admission.refusal(userId);
      if (refusal) throw refusal;
      // For the file, and for its sound beside it until the import is over.
      if ((await deps.freeBytes()) < 2 * expectedBytes) throw new AppError('storage_full');
      return receive(userId);
    },

    async find(userId, reference) {
      const uploadId = uploadIdSchema.safeParse(reference);
      const upload = uploadId.success ? await store.listByUpload(userId, uploadId.data) : [];
      if (upload.length > 0) return upload;
      const fileId = jobIdSchema.safeParse(reference);
      const file = fileId.success ? await store.find(userId, fileId.data) : null;
      return file ? [file] : [];
    },

    async resume() {
      const unfinished = await store.listUnfinished();
      await files.keepOnly(unfinished);
      for (const file of unfinished) await deps.requestImport(file);
    },
  };
}

/** A name fit to be shown: no folders, nothing invisible, not too long. */
export function displayName(filename: string): string {
  const name = (filename.split(/[/\\]/).at(-1) ?? '')
    .normalize('NFC')
    // Control characters, and those that turn the direction of what is around them.
    .replaceAll(/\p{C}/gu, '')
    .trim();
  const cut = Array.from(name).slice(0, maxNameCharacters).join('');
  return cut === '' ? 'file' : cut;
}
