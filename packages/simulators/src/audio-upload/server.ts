import { createHash } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { markedPositionMs, type ScriptedWord } from '../script/index.ts';
import {
  bodyOf,
  createFaults,
  listen,
  plannedRefusal,
  sendReply,
  type FaultSwitch,
  type Outage,
  type Refusal,
  type Reply,
} from '../http-service/index.ts';
import type { AudioUploadFault, UploadKind } from './faults.ts';
import { hearSound, type HeardSound } from './heard-sound.ts';
import { spoilt } from './spoilt.ts';
import { readUpload, wavSamples, type Upload } from './upload.ts';

/** What a service to which sound is uploaded has of its own. */
export interface UploadVendor {
  readonly paths: { readonly upload: string; readonly models: string };
  /** What is answered to whoever asks what there is. */
  modelsReply(): Reply;
  readonly maxFileBytes: number;
  /** What is answered without the right key. */
  readonly wrongKey: Refusal;
  /** A refusal in the vendor's form. */
  refusalReply(refusal: Refusal): Reply;
  /** What is wrong with the fields of a request, as the vendor has it; null when nothing is. */
  mistakeIn(upload: Upload, durationMs: number): Refusal | null;
  answer(sound: HeardSound, upload: Upload, fault: AudioUploadFault): Reply;
}

export interface UploadServiceOptions {
  /** What is said, when, and by whom. */
  readonly script: readonly ScriptedWord[];
  /**
   * Where in the script a stretch of sound (16 kHz mono s16le, 20 ms or a little more) comes from, ms; null: from
   * nowhere, which is silence. Default: by the marks of `markSound`.
   */
  readonly positionOf?: (pcm: Uint8Array) => number | null;
  /** Default `simulated-key`; null: none is wanted. */
  readonly apiKey?: string | null;
  /** 0, the default, takes a free one. */
  readonly port?: number;
}

/** A request as it came in. */
export interface RecordedUpload {
  readonly kind: UploadKind | 'other';
  readonly method: string;
  readonly path: string;
  /** Null when there was none. */
  readonly authorization: string | null;
  /** Of the form; null when none could be read. */
  readonly fields: Upload['fields'] | null;
  readonly file: {
    readonly name: string;
    readonly contentType: string;
    readonly byteCount: number;
    readonly sha256: string;
  } | null;
  /** Null until it was answered. */
  readonly status: number | null;
}

export interface UploadSimulator {
  readonly port: number;
  /** Without the vendor's path. */
  readonly url: string;
  readonly apiKey: string | null;
  readonly faults: FaultSwitch<AudioUploadFault>;
  /** Takes the whole service away, or with null brings it back. */
  outage(kind: Outage | null): void;
  /** Every request so far, in the order in which they came. */
  readonly requests: readonly RecordedUpload[];
  /** Stops listening and breaks every connection. */
  close(): Promise<void>;
}

type Mutable<T> = { -readonly [Key in keyof T]: T[Key] };

/** Beside the file, in bytes: the fields, and what parts them. */
const formBytes = 64 * 1024;

/** Starts a scripted service on loopback that takes sound in forms and answers with words. */
export async function startUploadService(
  vendor: UploadVendor,
  options: UploadServiceOptions,
): Promise<UploadSimulator> {
  const { script, positionOf = markedPositionMs, apiKey = 'simulated-key' } = options;
  const faults = createFaults<UploadKind, AudioUploadFault>('transcription');
  const requests: Mutable<RecordedUpload>[] = [];

  function record({ url = '', method = '', headers }: IncomingMessage): Mutable<RecordedUpload> {
    const request = {
      kind: kindOf(vendor, method, url),
      method,
      path: url,
      authorization: headers.authorization ?? null,
      fields: null,
      file: null,
      status: null,
    };
    requests.push(request);
    return request;
  }

  async function serve(message: IncomingMessage, response: ServerResponse): Promise<void> {
    const request = record(message);
    const fault = request.kind === 'other' ? {} : (faults.take(request.kind) ?? {});
    if (fault.readDelayMs) await sleep(fault.readDelayMs);
    const body = await bodyOf(message, vendor.maxFileBytes + formBytes);
    const reply = replyTo(request, message, body, fault);
    if (fault.answerDelayMs) await sleep(fault.answerDelayMs);
    if (listener.outage() === 'silent') return;
    request.status = fault.silent ? null : reply.status;
    await sendReply(response, reply, fault);
  }

  function replyTo(
    request: Mutable<RecordedUpload>,
    message: IncomingMessage,
    body: Uint8Array | null,
    fault: AudioUploadFault,
  ): Reply {
    const refuse = (refusal: Refusal): Reply => vendor.refusalReply(refusal);
    const upload =
      body && request.kind === 'transcription'
        ? readUpload(message.headers['content-type'] ?? '', body)
        : null;
    noteUpload(request, upload);
    if (listener.outage() === 'unavailable') {
      return plannedRefusal({ status: 503, form: 'html' }, refuse);
    }
    if (fault.refuses) return plannedRefusal(fault.refuses, refuse);
    if (request.kind === 'other') return refuse({ status: 404, message: 'Not Found' });
    if (apiKey !== null && request.authorization !== `Bearer ${apiKey}`) {
      return refuse(vendor.wrongKey);
    }
    if (request.kind === 'models') return vendor.modelsReply();
    if (!body) return refuse({ status: 413, message: 'Maximum content size limit exceeded' });
    if (!upload) return refuse({ status: 400, message: 'Could not parse multipart form' });
    return transcribe(upload, fault);
  }

  function transcribe(upload: Upload, fault: AudioUploadFault): Reply {
    const { file } = upload;
    if (!file || file.bytes.length === 0) {
      return vendor.refusalReply({ status: 400, message: 'no file', param: 'file' });
    }
    if (file.bytes.length > vendor.maxFileBytes) {
      return vendor.refusalReply({ status: 413, message: 'Maximum content size limit exceeded' });
    }
    const pcm = /\.wav$/i.test(file.name) ? wavSamples(file.bytes) : null;
    if (!pcm) {
      const message = 'Invalid file format, or the file is corrupt';
      return vendor.refusalReply({ status: 400, message, param: 'file' });
    }
    const sound = hearSound(pcm, script, positionOf, fault);
    const mistake = vendor.mistakeIn(upload, sound.durationMs);
    if (mistake) return vendor.refusalReply(mistake);
    return spoilt(vendor.answer(sound, upload, fault), fault);
  }

  const listener = await listen(options.port ?? 0, serve);
  return {
    port: listener.port,
    url: listener.url,
    apiKey,
    faults,
    outage: (kind) => listener.setOutage(kind),
    requests,
    close: () => listener.close(),
  };
}

function kindOf(vendor: UploadVendor, method: string, path: string): RecordedUpload['kind'] {
  if (method === 'POST' && path === vendor.paths.upload) return 'transcription';
  return method === 'GET' && path === vendor.paths.models ? 'models' : 'other';
}

function noteUpload(request: Mutable<RecordedUpload>, upload: Upload | null): void {
  if (!upload) return;
  request.fields = upload.fields;
  if (!upload.file) return;
  const { name, contentType, bytes } = upload.file;
  const sha256 = createHash('sha256').update(bytes).digest('hex');
  request.file = { name, contentType, byteCount: bytes.length, sha256 };
}
