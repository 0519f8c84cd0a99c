import {
  errorMessage,
  type ImportJobBody,
  type ImportStatus,
  type UploadAcceptedBody,
} from '@friend-lite/contract';
import type { Upload, UploadedFile } from '../../capture/index.ts';
import { isoTime } from './time.ts';

/** What an upload tool is told when everything has come. */
export function uploadAcceptedBody({ id, files }: Upload): UploadAcceptedBody {
  const failed = files.filter(({ error }) => error !== null).length;
  const taken = files.length - failed;
  return {
    message:
      failed === 0 ? `Processing ${taken} files` : `Processing ${taken} files, ${failed} failed`,
    job_id: id,
    status_url: `/api/queue/jobs/${id}`,
    total_files: files.length,
    client_id: files[0]?.clientId ?? '',
    files: files.map((file) => ({
      job_id: file.id,
      filename: file.filename,
      client_id: file.clientId,
      size_bytes: file.byteCount,
      status: file.error ? 'error' : 'processing',
      code: file.error?.code ?? null,
      error: sentenceOf(file),
      audio_uuid: null,
      conversation_id: null,
    })),
    conversations: [],
    successful: taken,
    failed,
    summary: { total: files.length, processing: taken, failed },
  };
}

/** How the files stand, together and each; at least one. */
export function importJobBody(jobId: string, files: readonly UploadedFile[]): ImportJobBody {
  const status = statusOf(files);
  const done = files.reduce((sum, file) => sum + (isOver(file) ? 1 : file.progress), 0);
  const firstError = files.find(({ error }) => error !== null);
  return {
    job_id: jobId,
    status,
    created_at: isoTime(Math.min(...files.map(({ receivedAt }) => receivedAt))),
    progress_percent: Math.floor((100 * done) / files.length),
    current_file: files.find(({ state }) => state === 'processing')?.filename ?? null,
    processed_files: files.filter(isOver).length,
    total_files: files.length,
    files: files.map((file) => ({
      job_id: file.id,
      filename: file.filename,
      client_id: file.clientId,
      status: file.state,
      progress_percent: Math.floor(100 * file.progress),
      recorded_at: file.startedAt === null ? null : isoTime(file.startedAt),
      duration_seconds: file.durationMs === null ? null : file.durationMs / 1000,
      capture_id: file.captureId,
      error_code: file.error?.code ?? null,
      error_message: sentenceOf(file),
    })),
    error_message: status === 'failed' && firstError ? sentenceOf(firstError) : null,
  };
}

/** One file that could be read makes the whole a success; each file tells its own. */
function statusOf(files: readonly UploadedFile[]): ImportStatus {
  if (files.every(({ state }) => state === 'queued')) return 'queued';
  if (!files.every(isOver)) return 'processing';
  return files.some(({ state }) => state === 'completed') ? 'completed' : 'failed';
}

function isOver({ state }: UploadedFile): boolean {
  return state === 'completed' || state === 'failed';
}

function sentenceOf({ error }: UploadedFile): string | null {
  return error && errorMessage(error.code, error.params);
}
