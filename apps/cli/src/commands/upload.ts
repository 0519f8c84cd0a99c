import { openAsBlob } from 'node:fs';
import { stat } from 'node:fs/promises';
import { basename } from 'node:path';
import type { UploadItem } from '@friend-lite/client';
import type { ImportJobBody } from '@friend-lite/contract';
import { CliError } from '../errors.ts';
import { systemClock, type PaceClock } from '../pace.ts';
import type { Session } from '../session.ts';

export interface UploadOptions {
  readonly server: string;
  readonly openSession: () => Promise<Session>;
  readonly paths: readonly string[];
  readonly device?: string;
  /** When the sound starts; else a file's own date is taken for its end. */
  readonly recordedAt?: Date;
  readonly signal: AbortSignal;
  readonly say: (line: string) => void;
  readonly onProgress?: (percent: number, file: string | null) => void;
  readonly clock?: PaceClock;
}

const pollMs = 1000;

/**
 * Sends the files and follows their import to its end. Returns whether every one of them was taken in; each
 * that was not is told with its reason.
 *
 * @throws CliError for what cannot be read; ApiError when the server refuses.
 */
export async function uploadFiles(options: UploadOptions): Promise<boolean> {
  const { server, paths, device, recordedAt, signal, say, clock = systemClock } = options;
  if (recordedAt && paths.length > 1) {
    throw new CliError('--recorded-at tells the start of one file; upload the files one by one');
  }
  const items = await Promise.all(paths.map(openItem));
  const { client } = await options.openSession();
  const byteCount = items.reduce((sum, { content }) => sum + content.size, 0);
  say(`Sending ${items.length} ${noun(items.length)} (${mebibytes(byteCount)}) to ${server} …`);
  const facts = {
    ...(device === undefined ? {} : { deviceName: device }),
    ...(recordedAt ? { recordedAt } : {}),
  };
  const { job_id: jobId } = await client.upload(items, facts, { signal });
  for (;;) {
    const job = await client.importJob(jobId, { signal });
    const isOver = job.status === 'completed' || job.status === 'failed';
    options.onProgress?.(isOver ? 100 : job.progress_percent, job.current_file);
    if (isOver) return report(job, say);
    await clock.sleep(pollMs, signal);
    signal.throwIfAborted();
  }
}

async function openItem(path: string): Promise<UploadItem> {
  try {
    const { mtime } = await stat(path);
    return { name: basename(path), content: await openAsBlob(path), lastModified: mtime };
  } catch (error) {
    throw new CliError(`${path} cannot be read`, { cause: error });
  }
}

function report({ files }: ImportJobBody, say: (line: string) => void): boolean {
  for (const { filename, status, duration_seconds: seconds, error_message: reason } of files) {
    say(
      status === 'completed'
        ? `  ${filename}: ${(seconds ?? 0).toFixed(1)} s of sound are in`
        : `  ${filename}: ${reason ?? status}`,
    );
  }
  return files.every(({ status }) => status === 'completed');
}

function noun(count: number): string {
  return count === 1 ? 'file' : 'files';
}

function mebibytes(byteCount: number): string {
  return `${(byteCount / 1024 ** 2).toFixed(1)} MiB`;
}
