import { Readable } from 'node:stream';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { wavHeader, wavHeaderBytes, type PcmFormat } from '../audio/index.ts';
import { AppError } from '../base/index.ts';
import { isNotModified, requestedRange, type FileVersion } from './byte-range.ts';

/** A file of sound that is made on the way out. */
export interface SoundFile {
  readonly mediaType: 'audio/wav' | 'audio/ogg';
  readonly byteCount: number;
  /** Bytes [start, end) of the file. Throws when it ends early: the client must not take it for whole. */
  read(start: number, end: number): AsyncIterable<Uint8Array>;
  /** Null while the sound still grows: then nothing is cached, and no range outlives its request. */
  readonly version: FileVersion | null;
}

/** PCM that is sent as a WAV file. */
export interface Sound extends Pick<SoundFile, 'version'> {
  readonly format: PcmFormat;
  readonly byteCount: number;
  /** Bytes [start, end) of the PCM. */
  read(start: number, end: number): AsyncIterable<Uint8Array>;
}

export function wavFile(sound: Sound): SoundFile {
  return {
    mediaType: 'audio/wav',
    byteCount: wavHeaderBytes + sound.byteCount,
    read: (start, end) => wavBytes(sound, start, end),
    version: sound.version,
  };
}

/**
 * Answers with the file, or the part of it that is asked for. It is read as fast as the client takes it, and
 * no further once the client is gone.
 */
export function sendSound(
  request: FastifyRequest,
  reply: FastifyReply,
  file: SoundFile,
): FastifyReply {
  const { byteCount: size, version } = file;
  // `private`: it is one person's; `no-cache`: kept, but asked for again, since it can be deleted.
  reply.header('cache-control', version ? 'private, no-cache' : 'no-store');
  reply.header('accept-ranges', 'bytes');
  if (version) {
    reply.header('etag', version.etag);
    reply.header('last-modified', new Date(version.modifiedAt).toUTCString());
  }
  if (isNotModified(request.headers, version)) return reply.status(304).send();

  const isHead = request.method === 'HEAD';
  const range = isHead
    ? { kind: 'whole' as const }
    : requestedRange(request.headers, size, version);
  if (range.kind === 'unsatisfiable') {
    reply.header('content-range', `bytes */${size}`);
    throw new AppError('range_not_satisfiable');
  }
  const { start, end } = range.kind === 'part' ? range : { start: 0, end: size };
  if (range.kind === 'part') {
    reply.status(206).header('content-range', `bytes ${start}-${end - 1}/${size}`);
  }
  reply.type(file.mediaType).header('content-length', end - start);
  return isHead
    ? reply.send()
    : reply.send(Readable.from(file.read(start, end), { objectMode: false }));
}

/**
 * Bytes [start, end) of the WAV file. Throws when the sound ends early: the client then sees a broken
 * transfer and not a short file.
 */
async function* wavBytes(sound: Sound, start: number, end: number): AsyncGenerator<Uint8Array> {
  if (start < wavHeaderBytes) {
    yield wavHeader(sound.format, sound.byteCount).subarray(start, Math.min(end, wavHeaderBytes));
  }
  const from = Math.max(0, start - wavHeaderBytes);
  let missing = Math.max(0, end - wavHeaderBytes - from);
  if (missing === 0) return;
  for await (const chunk of sound.read(from, from + missing)) {
    missing -= chunk.byteLength;
    if (missing < 0) throw new Error('more sound was read than was asked for');
    yield chunk;
  }
  if (missing > 0) throw new Error(`${missing} bytes of sound are missing`);
}
