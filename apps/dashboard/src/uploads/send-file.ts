import { ApiError, createClient } from '@friend-lite/client';
import { fetchWithProgress } from './fetch-with-progress.ts';
import type { SendFile } from './uploads.ts';

/** What a file is refused with; the code says why. */
const refusedStatus = 422;

/** Sends one file and returns the id of its import job. */
export const sendFile: SendFile = async (file, { deviceName, recordedAt }, onProgress, signal) => {
  const client = createClient({
    baseUrl: '',
    credentials: 'include',
    fetch: fetchWithProgress(onProgress),
  });
  const accepted = await client.upload(
    [{ name: file.name, content: file, lastModified: new Date(file.lastModified) }],
    { deviceName, ...(recordedAt ? { recordedAt } : {}) },
    { signal },
  );
  const [answer] = accepted.files;
  if (answer?.status !== 'processing') {
    throw new ApiError(
      refusedStatus,
      answer?.code ?? 'invalid_request',
      answer?.error ?? accepted.message,
    );
  }
  return answer.job_id;
};
