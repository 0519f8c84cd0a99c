import { spawn, type ChildProcess } from 'node:child_process';
import { setPriority } from 'node:os';
import { speechFormat } from '../../audio/index.ts';
import { AppError, type Clock } from '../../base/index.ts';
import type { SoundDecoder } from '../../capture/index.ts';

/** Recording and listening come first. */
const niceness = 10;
/** Without a byte for this long while somebody waits for one, it is stuck. */
const stalledMs = 60_000;
const maxProbeCharacters = 1000;

/**
 * The containers that are taken. Those that name other files or addresses (playlists, scripts) must never be:
 * who uploads one would read what the server can read.
 */
const containers = 'mp3,mov,ogg,flac,matroska,wav,w64,aiff,aac,amr,caf,asf,au,ac3';
const inputOptions = [
  '-hide_banner',
  '-v',
  'error',
  '-protocol_whitelist',
  'file,pipe',
  '-format_whitelist',
  containers,
];
const outputOptions = [
  ...['-map', '0:a:0', '-vn', '-sn', '-dn', '-map_metadata', '-1'],
  ...['-ac', `${speechFormat.channels}`, '-ar', `${speechFormat.sampleRateHz}`],
  ...['-c:a', 'pcm_s16le', '-f', 's16le', 'pipe:1'],
];

/** Decodes through the programs of FFmpeg: as children of low priority, without network, gone when nobody reads. */
export function ffmpegDecoder(
  clock: Clock,
  programs: { readonly ffmpeg: string; readonly ffprobe: string } = {
    ffmpeg: 'ffmpeg',
    ffprobe: 'ffprobe',
  },
): SoundDecoder {
  return {
    async probe(path, signal) {
      const asked = [
        '-select_streams',
        'a:0',
        '-show_entries',
        'format=duration',
        '-of',
        'csv=p=0',
      ];
      const args = [...inputOptions, ...asked, '-i', `file:${path}`];
      let answer = '';
      for await (const chunk of output(programs.ffprobe, args, signal, clock)) {
        answer += chunk.toString('latin1');
        if (answer.length > maxProbeCharacters) throw new AppError('undecodable_file');
      }
      const seconds = Number.parseFloat(answer);
      return seconds > 0 ? seconds * 1000 : null;
    },

    async *decode(path, signal) {
      const args = [
        ...['-nostdin', '-threads', '1'],
        ...[...inputOptions, '-i', `file:${path}`],
        ...outputOptions,
      ];
      let held: Buffer = Buffer.alloc(0);
      for await (const chunk of output(programs.ffmpeg, args, signal, clock)) {
        const bytes = held.length === 0 ? chunk : Buffer.concat([held, chunk]);
        const wholeBytes = bytes.length - (bytes.length % 2);
        held = bytes.subarray(wholeBytes);
        if (wholeBytes > 0) yield bytes.subarray(0, wholeBytes);
      }
    },
  };
}

/**
 * What a program writes, as it is read: it waits meanwhile. However this ends, the program is gone then.
 * Throws `ffmpeg_missing` when there is no such program, `undecodable_file` when it fails or is stuck.
 */
async function* output(
  program: string,
  args: readonly string[],
  signal: AbortSignal,
  clock: Clock,
): AsyncGenerator<Buffer> {
  signal.throwIfAborted();
  const child = spawn(program, args, {
    stdio: ['ignore', 'pipe', 'ignore'],
    // It reads what strangers made: it gets to know nothing of the server.
    env: { PATH: process.env.PATH },
  });
  const ended = endOf(child);
  const kill = (): void => void child.kill('SIGKILL');
  signal.addEventListener('abort', kill);
  let cancelStall = clock.after(stalledMs, kill);
  try {
    for await (const chunk of child.stdout as AsyncIterable<Buffer>) {
      cancelStall();
      yield chunk;
      cancelStall = clock.after(stalledMs, kill);
    }
    const end = await ended;
    signal.throwIfAborted();
    if (end === 'missing') throw new AppError('ffmpeg_missing');
    if (end === 'failed') throw new AppError('undecodable_file');
  } finally {
    cancelStall();
    signal.removeEventListener('abort', kill);
    kill();
    await ended;
  }
}

/** Resolves when the program is gone, or never was. */
function endOf(child: ChildProcess): Promise<'done' | 'failed' | 'missing'> {
  return new Promise((resolve) => {
    child.once('spawn', () => lowerPriority(child.pid));
    child.once('error', (error) => {
      const isMissing = 'code' in error && error.code === 'ENOENT';
      resolve(isMissing ? 'missing' : 'failed');
    });
    child.once('exit', (exitCode) => resolve(exitCode === 0 ? 'done' : 'failed'));
  });
}

function lowerPriority(pid: number | undefined): void {
  try {
    if (pid !== undefined) setPriority(pid, niceness);
  } catch {
    // It has ended already, or the system does not allow it: then it runs as it is.
  }
}
