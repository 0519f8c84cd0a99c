import {
  captureIdSchema,
  jobIdSchema,
  type CaptureId,
  type ErrorCode,
  type JobId,
} from '@friend-lite/contract';
import { z } from 'zod';
import { byteOffset, durationMs, speechFormat } from '../audio/index.ts';
import { AppError, derivedUuid, type Clock } from '../base/index.ts';
import {
  openSoundFile,
  type Admission,
  type Captures,
  type PastSound,
  type RecordingWriter,
  type SoundDecoder,
  type SoundFile,
  type UploadedFile,
  type UploadFiles,
  type UploadStore,
} from '../capture/index.ts';
import type { DeadHandler, JobHandler, JobQueue } from '../jobs/index.ts';

export const importAudioKind = 'import-audio';

/** Longer than any day; a small file may unfold into far more silence. */
const maxHours = 48;
const maxBytes = byteOffset(speechFormat, maxHours * 3_600_000);
/** Half a second: the recorder waits for the disk between two of them. */
const frameBytes = 16 * 1024;
const progressEveryMs = 500;
/** How long an import waits for a disk that is nearly full. */
const noRoomPauseMs = 60_000;

/** Faults of the file itself: the same on every attempt. */
const fileFaults: readonly ErrorCode[] = [
  'undecodable_file',
  'no_sound_in_file',
  'file_too_long',
  'file_cut_short',
  'ffmpeg_missing',
];

export interface ImportTools {
  readonly uploads: UploadStore;
  readonly files: UploadFiles;
  readonly decoder: SoundDecoder;
  readonly captures: Pick<Captures, 'takeUpRecording'>;
  readonly admission: Admission;
  readonly clock: Clock;
}

const payloadSchema = z.object({ fileId: jobIdSchema });

/** Asks for the import of a file; asking again changes nothing. The job has the file's id. */
export async function enqueueImport(
  queue: Pick<JobQueue, 'enqueue'>,
  { id, userId }: Pick<UploadedFile, 'id' | 'userId'>,
): Promise<void> {
  const key = `${importAudioKind}:${id}`;
  await queue.enqueue({ id, kind: importAudioKind, key, userId, payload: { fileId: id } });
}

/**
 * Makes a capture of an uploaded file. Run again after a kill it goes on where the sound on the disk ends:
 * the capture's id comes from the file's, and a file decodes to the same sound each time.
 */
export function importAudio(tools: ImportTools): JobHandler {
  return async (job, signal) => {
    const { fileId } = payloadSchema.parse(job.payload);
    const file = await tools.uploads.find(job.userId, fileId);
    if (file?.state === 'queued' || file?.state === 'processing') {
      try {
        await importFile(tools, file, signal);
      } catch (error) {
        const isUnwelcome = tools.admission.refusal(job.userId) !== null;
        if (signal.aborted || !isUnwelcome) throw error;
        return { kind: 'postpone', reason: 'no-room', retryAfterMs: noRoomPauseMs };
      }
    }
    await tools.files.remove({ userId: job.userId, id: fileId });
    return { kind: 'done' };
  };
}

/** An import that failed for reasons of the server: what was recorded of it is ended, and the file told as failed. */
export function abandonImport(tools: ImportTools): DeadHandler {
  return async (job) => {
    const payload = payloadSchema.safeParse(job.payload);
    const file = payload.success && (await tools.uploads.find(job.userId, payload.data.fileId));
    if (!file || file.state === 'completed') return;
    if (file.captureId && file.startedAt !== null) {
      const sound = soundOf(file, file.startedAt);
      const taken = await tools.captures.takeUpRecording(file.captureId, sound);
      if (taken.kind === 'open') await taken.writer.end();
    }
    await fail(tools, file, new AppError('internal'));
    await tools.files.remove(file);
  };
}

async function importFile(
  tools: ImportTools,
  file: UploadedFile,
  signal: AbortSignal,
): Promise<void> {
  const { userId, id } = file;
  try {
    await tools.uploads.update(userId, id, { state: 'processing' });
    const sound = await openSoundFile(file, tools, signal);
    const expectedMs = sound.durationMs ?? (await measure(sound, signal));
    const startedAt =
      file.startedAt ?? file.recordedAt ?? (file.writtenAt ?? file.receivedAt) - expectedMs;
    const captureId = captureIdOf(id);
    await tools.uploads.update(userId, id, { startedAt, durationMs: expectedMs });
    const recordedMs = await record(
      tools,
      { ...file, captureId, startedAt, expectedMs },
      sound,
      signal,
    );
    await tools.uploads.update(userId, id, {
      state: 'completed',
      progress: 1,
      durationMs: recordedMs,
    });
  } catch (error) {
    const isFaulty = error instanceof AppError && fileFaults.includes(error.code);
    if (signal.aborted || !isFaulty) throw error;
    await fail(tools, file, error);
  }
}

/** A file that is about to be recorded. */
interface Import extends UploadedFile {
  readonly captureId: CaptureId;
  readonly startedAt: number;
  /** How long its sound is expected to be. */
  readonly expectedMs: number;
}

/** Records the sound, but for what an earlier run recorded; returns how long all of it is, ms. */
async function record(
  tools: ImportTools,
  file: Import,
  sound: SoundFile,
  signal: AbortSignal,
): Promise<number> {
  let writer: RecordingWriter | null = null;
  /** Of the file, since its beginning; and of these, those that are on the disk already. */
  let readBytes = 0;
  let recordedBytes = 0;
  const tell = progressTeller(tools, file);
  try {
    for await (const chunk of sound.read(signal)) {
      refuseWhereUnwelcome(tools, file);
      if (!writer) {
        // Not before there is sound: a file without any makes no capture.
        const taken = await tools.captures.takeUpRecording(
          file.captureId,
          soundOf(file, file.startedAt),
        );
        if (taken.kind === 'over') return file.expectedMs;
        await tools.uploads.update(file.userId, file.id, { captureId: file.captureId });
        writer = taken.writer;
        recordedBytes = byteOffset(speechFormat, taken.recordedMs);
      }
      const fromByte = Math.max(0, recordedBytes - readBytes);
      readBytes += chunk.byteLength;
      for (let at = fromByte; at < chunk.byteLength; at += frameBytes) {
        await writer.room();
        const bytes = chunk.subarray(at, at + frameBytes);
        if (!writer.push({ bytes, seq: null, lostBeforeMs: 0 })) throw new AppError('not_ready');
      }
      await tell(durationMs(speechFormat, readBytes));
      if (readBytes > maxBytes) throw new AppError('file_too_long', { hours: maxHours });
    }
    if (!writer) throw new AppError('no_sound_in_file');
    await writer.end();
    return durationMs(speechFormat, readBytes);
  } catch (error) {
    if (!writer) throw error;
    const isFaulty = error instanceof AppError && fileFaults.includes(error.code);
    if (signal.aborted || !isFaulty) {
      await writer.abort();
      throw error;
    }
    await writer.end();
    const seconds = Math.floor(durationMs(speechFormat, readBytes) / 1000);
    throw error.code === 'undecodable_file' ? new AppError('file_cut_short', { seconds }) : error;
  }
}

function refuseWhereUnwelcome({ admission }: Pick<ImportTools, 'admission'>, file: Import): void {
  const refusal = admission.refusal(file.userId);
  if (refusal) throw refusal;
}

/** How long the sound is, ms, where only reading all of it can tell. */
async function measure(sound: SoundFile, signal: AbortSignal): Promise<number> {
  let byteCount = 0;
  try {
    for await (const chunk of sound.read(signal)) {
      byteCount += chunk.byteLength;
      if (byteCount > maxBytes) throw new AppError('file_too_long', { hours: maxHours });
    }
  } catch (error) {
    // What can be read of a damaged file is worth having; recording it meets the same end.
    const isCutShort = error instanceof AppError && error.code === 'undecodable_file';
    if (!isCutShort || byteCount === 0) throw error;
  }
  return durationMs(speechFormat, byteCount);
}

/** Writes down how far an import is, now and then. */
function progressTeller(
  { uploads, clock }: Pick<ImportTools, 'uploads' | 'clock'>,
  { userId, id, expectedMs }: Import,
): (readMs: number) => Promise<void> {
  let toldAt = -Infinity;
  return async (readMs) => {
    if (clock.monotonic() - toldAt < progressEveryMs) return;
    toldAt = clock.monotonic();
    await uploads.update(userId, id, { progress: Math.min(1, readMs / Math.max(1, expectedMs)) });
  };
}

async function fail(
  { uploads }: Pick<ImportTools, 'uploads'>,
  { userId, id }: UploadedFile,
  { code, params }: AppError,
): Promise<void> {
  await uploads.update(userId, id, { state: 'failed', error: { code, params } });
}

function soundOf({ userId, clientId }: UploadedFile, startedAt: number): PastSound {
  return { userId, clientId, startedAt, format: speechFormat, origin: 'upload' };
}

function captureIdOf(fileId: JobId): CaptureId {
  return captureIdSchema.parse(derivedUuid('upload', fileId).replaceAll('-', ''));
}
