import {
  errorMessage,
  importJobSchema,
  uploadAcceptedSchema,
  type ImportJobBody,
} from '@friend-lite/contract';

type ImportedFile = ImportJobBody['files'][number];

/** How long a file is read, in steps of one question each. */
const steps = 3;
const soundSeconds = 90;

interface Import {
  readonly file: ImportedFile;
  readonly isBroken: boolean;
  asked: number;
}

export interface Imports {
  /** A multipart form of files. One whose name begins with `broken` cannot be read. */
  take(contentType: string, body: Buffer<ArrayBuffer>): Promise<unknown>;
  /** Null where there is no such job. */
  find(jobId: string): unknown;
}

/** Uploads that are read in a few steps; `onDone` hears of each that is in. */
export function createImports(onDone: (file: ImportedFile) => void): Imports {
  const imports = new Map<string, Import>();

  return {
    async take(contentType, body) {
      const form = await new Response(body, {
        headers: { 'content-type': contentType },
      }).formData();
      const deviceName = textOf(form, 'device_name') ?? 'upload';
      const clientId = `439011-${deviceName}`;
      const recordedAt = textOf(form, 'recorded_at') ?? textOf(form, 'last_modified');
      const files = form.getAll('files').filter((part) => part instanceof File);
      const accepted = files.map((file) => {
        const jobId = crypto.randomUUID();
        imports.set(jobId, {
          isBroken: file.name.startsWith('broken'),
          asked: 0,
          file: {
            job_id: jobId,
            filename: file.name,
            client_id: clientId,
            status: 'queued',
            progress_percent: 0,
            recorded_at: recordedAt,
            duration_seconds: null,
            capture_id: null,
            error_code: null,
            error_message: null,
          },
        });
        return {
          job_id: jobId,
          filename: file.name,
          client_id: clientId,
          size_bytes: file.size,
          status: 'processing',
          code: null,
          error: null,
          audio_uuid: null,
          conversation_id: null,
        };
      });
      const jobId = accepted[0]?.job_id ?? '';
      return uploadAcceptedSchema.parse({
        message: `Processing ${accepted.length} files`,
        job_id: jobId,
        status_url: `/api/queue/jobs/${jobId}`,
        total_files: accepted.length,
        client_id: clientId,
        files: accepted,
        conversations: [],
        successful: accepted.length,
        failed: 0,
        summary: { total: accepted.length, processing: accepted.length, failed: 0 },
      });
    },

    find(jobId) {
      const found = imports.get(jobId);
      if (!found) return null;
      found.asked += 1;
      const file = stateOf(found);
      if (found.asked === steps && file.status === 'completed') onDone(file);
      return importJobSchema.parse({
        job_id: jobId,
        status: file.status,
        created_at: new Date().toISOString(),
        progress_percent: file.progress_percent,
        current_file: file.status === 'processing' ? file.filename : null,
        processed_files: found.asked < steps ? 0 : 1,
        total_files: 1,
        files: [file],
        error_message: file.error_message,
      });
    },
  };
}

function stateOf({ file, asked, isBroken }: Import): ImportedFile {
  if (asked === 1) return file;
  if (asked < steps) return { ...file, status: 'processing', progress_percent: 60 };
  if (isBroken) {
    return {
      ...file,
      status: 'failed',
      error_code: 'undecodable_file',
      error_message: errorMessage('undecodable_file'),
    };
  }
  return {
    ...file,
    status: 'completed',
    progress_percent: 100,
    duration_seconds: soundSeconds,
    capture_id: file.job_id,
  };
}

function textOf(form: FormData, name: string): string | null {
  const value = form.get(name);
  return typeof value === 'string' ? value : null;
}
