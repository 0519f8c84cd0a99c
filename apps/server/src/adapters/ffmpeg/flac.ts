import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { open } from 'node:fs/promises';
import { setPriority } from 'node:os';
import type { LosslessCodec } from '../../capture/index.ts';

/** Packing waits for everybody else; a listener waits for decoding. */
const niceness = 10;
/** A segment takes well under a second; this is for a machine that stands still. */
const limitMs = 60_000;
/** 60 s of 48 kHz stereo, 16 bits, is 11.5 MB. */
const maxPcmBytes = 16 * 1024 * 1024;
/** `fLaC`, the head of the first metadata block, and STREAMINFO (RFC 9639, section 8.2). */
const streamInfoEnd = 4 + 4 + 34;
const checksumBytes = 16;

/**
 * FLAC through the ffmpeg program. A file carries the MD5 of its samples, which for 16 bits is the MD5 of the
 * PCM as it is stored: whatever is decoded is checked against it.
 */
export function ffmpegFlac(program = 'ffmpeg'): LosslessCodec {
  let isFound = false;

  return {
    async isPresent() {
      // Looked for again while it is missing: somebody may install it.
      isFound ||= await run(program, ['-version'], null, AbortSignal.timeout(limitMs)).then(
        () => true,
        () => false,
      );
      return isFound;
    },

    async encode(pcm, format, path, signal) {
      const from = ['-f', 's16le', '-ar', `${format.sampleRateHz}`, '-ac', `${format.channels}`];
      const to = ['-c:a', 'flac', '-compression_level', '8', '-bitexact', '-f', 'flac', '-y', path];
      await run(program, [...quiet, ...from, '-i', 'pipe:0', ...to], pcm, limited(signal));
    },

    async decode(path, signal) {
      const checksum = await storedChecksum(path);
      const pcm = await run(
        program,
        [...quiet, '-f', 'flac', '-i', path, '-c:a', 'pcm_s16le', '-f', 's16le', 'pipe:1'],
        null,
        limited(signal),
      );
      if (!createHash('md5').update(pcm).digest().equals(checksum)) {
        throw new Error('a packed segment does not decode to what was packed');
      }
      return pcm;
    },
  };
}

const quiet = ['-v', 'error', '-nostdin'];

async function storedChecksum(path: string): Promise<Uint8Array> {
  const file = await open(path, 'r');
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(streamInfoEnd), 0, streamInfoEnd, 0);
    if (bytesRead < streamInfoEnd || buffer.toString('latin1', 0, 4) !== 'fLaC') {
      throw new Error('a packed segment is not a FLAC file');
    }
    return buffer.subarray(streamInfoEnd - checksumBytes);
  } finally {
    await file.close();
  }
}

function limited(signal: AbortSignal): AbortSignal {
  return AbortSignal.any([signal, AbortSignal.timeout(limitMs)]);
}

/** Runs the program to its end and returns what it wrote. It is gone when this settles. */
function run(
  program: string,
  args: readonly string[],
  input: Uint8Array | null,
  signal: AbortSignal,
): Promise<Buffer> {
  signal.throwIfAborted();
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, { stdio: ['pipe', 'pipe', 'ignore'] });
    const output: Buffer[] = [];
    let outputBytes = 0;
    const kill = (): void => void child.kill('SIGKILL');
    signal.addEventListener('abort', kill);
    if (input !== null) child.once('spawn', () => lowerPriority(child.pid));
    child.stdout.on('data', (chunk: Buffer) => {
      outputBytes += chunk.byteLength;
      if (outputBytes > maxPcmBytes) kill();
      else output.push(chunk);
    });
    // A program that ends early no longer reads; its exit code says why.
    child.stdin.on('error', () => undefined);
    child.stdin.end(input ?? undefined);
    child.once('error', (error) => {
      signal.removeEventListener('abort', kill);
      reject(error);
    });
    child.once('close', (exitCode) => {
      signal.removeEventListener('abort', kill);
      if (signal.aborted) reject(signal.reason as Error);
      else if (exitCode === 0 && outputBytes <= maxPcmBytes) resolve(Buffer.concat(output));
      else reject(new Error(`ffmpeg ended with ${exitCode ?? 'a signal'}`));
    });
  });
}

function lowerPriority(pid: number | undefined): void {
  try {
    if (pid !== undefined) setPriority(pid, niceness);
  } catch {
    // It has ended already, or the system does not allow it: then it runs as it is.
  }
}
