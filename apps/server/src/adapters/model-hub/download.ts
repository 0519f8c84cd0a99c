import { open, rename, rm, stat } from 'node:fs/promises';
import type { Clock } from '../../base/index.ts';
import { checksumOf, hasChecksum, type Checksum } from './checksum.ts';

const answerLimitMs = 30_000;
const idleLimitMs = 60_000;

/** What a hub says of a file. */
interface RemoteFile {
  readonly url: string;
  readonly byteCount: number | null;
  readonly checksum: Checksum | null;
}

/** The file that came is not the one the hub named. */
export class WrongFileError extends Error {}

/**
 * Fetches a file, going on where an earlier try was cut off, and gives it its name once it is checked. Throws
 * `WrongFileError` after removing what came, and whatever `fetch` throws.
 *
 * @param onSize is told how large the file is, as soon as the hub has said so.
 * @param onBytes is told how much of it is on the disk.
 */
export async function download(options: {
  readonly url: string;
  readonly path: string;
  readonly onSize: (byteCount: number) => void;
  readonly onBytes: (byteCount: number) => void;
  readonly clock: Clock;
  readonly signal: AbortSignal;
}): Promise<void> {
  const { path, onSize, onBytes, signal } = options;
  const part = `${path}.part`;
  const remote = await describe(options.url, signal);
  if (remote.byteCount !== null) onSize(remote.byteCount);
  await receive(remote, part, onBytes, options.clock, signal);
  const { size } = await stat(part);
  const isWhole =
    (remote.byteCount === null || size === remote.byteCount) &&
    (remote.checksum === null || (await hasChecksum(part, remote.checksum)));
  if (!isWhole) {
    await rm(part, { force: true });
    throw new WrongFileError('what came is not what the hub named');
  }
  await rename(part, path);
}

/** The hub's own answer names size and checksum, and leads on to where the file lies. */
async function describe(url: string, signal: AbortSignal): Promise<RemoteFile> {
  const response = await fetch(url, {
    method: 'HEAD',
    redirect: 'manual',
    signal: AbortSignal.any([signal, AbortSignal.timeout(answerLimitMs)]),
  });
  const isMoved = response.status >= 300 && response.status < 400;
  if (!response.ok && !isMoved) throw new Error(`the hub answered ${response.status}`);
  const { headers } = response;
  const location = headers.get('location');
  const length = headers.get('x-linked-size') ?? (isMoved ? null : headers.get('content-length'));
  return {
    url: isMoved && location ? new URL(location, url).href : url,
    byteCount: length === null ? null : Number(length),
    checksum: checksumOf(headers),
  };
}

async function receive(
  { url, byteCount }: RemoteFile,
  part: string,
  onBytes: (byteCount: number) => void,
  clock: Clock,
  signal: AbortSignal,
): Promise<void> {
  const file = await open(part, 'a');
  const stop = new AbortController();
  let cancelIdle = (): void => undefined;
  const isAlive = (limitMs: number): void => {
    cancelIdle();
    cancelIdle = clock.after(limitMs, () => stop.abort(new Error('nothing came any more')));
  };
  try {
    let at = (await file.stat()).size;
    if (byteCount !== null && at === byteCount) return;
    if (byteCount !== null && at > byteCount) {
      await file.truncate(0);
      at = 0;
    }
    isAlive(answerLimitMs);
    const response = await fetch(url, {
      headers: at > 0 ? { range: `bytes=${at}-` } : {},
      signal: AbortSignal.any([signal, stop.signal]),
    });
    if (!response.ok || !response.body) throw new Error(`the hub answered ${response.status}`);
    if (at > 0 && response.status !== 206) {
      await file.truncate(0);
      at = 0;
    }
    for await (const chunk of response.body as AsyncIterable<Uint8Array>) {
      isAlive(idleLimitMs);
      await file.appendFile(chunk);
      at += chunk.byteLength;
      onBytes(at);
    }
    await file.datasync();
  } finally {
    cancelIdle();
    await file.close();
  }
}
