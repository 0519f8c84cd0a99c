import type { ServerResponse } from 'node:http';

const sampleRateHz = 16_000;
const headerBytes = 44;

interface Stretch {
  readonly start: number;
  readonly end: number;
}

/** A WAV file of `duration` seconds with a voice-like tone in each stretch and faint noise elsewhere. */
export function createWav(duration: number, voiced: readonly Stretch[]): Buffer {
  const count = Math.round(duration * sampleRateHz);
  const wav = Buffer.alloc(headerBytes + count * 2);
  wav.write('RIFF', 0);
  wav.writeUInt32LE(wav.length - 8, 4);
  wav.write('WAVEfmt ', 8);
  wav.writeUInt32LE(16, 16);
  wav.writeUInt16LE(1, 20);
  wav.writeUInt16LE(1, 22);
  wav.writeUInt32LE(sampleRateHz, 24);
  wav.writeUInt32LE(sampleRateHz * 2, 28);
  wav.writeUInt16LE(2, 32);
  wav.writeUInt16LE(16, 34);
  wav.write('data', 36);
  wav.writeUInt32LE(count * 2, 40);
  for (let index = 0; index < count; index++) {
    const time = index / sampleRateHz;
    const isVoiced = voiced.some(({ start, end }) => time >= start && time < end);
    const noise = Math.sin(index * 12.9898) * 0.004;
    wav.writeInt16LE(
      Math.round((isVoiced ? voice(time) : noise) * 32_767),
      headerBytes + index * 2,
    );
  }
  return wav;
}

/** A low tone with the rhythm of syllables and phrases. */
function voice(time: number): number {
  const syllable = Math.max(0, Math.sin(time * 2 * Math.PI * 3.1)) ** 1.5;
  const phrase = 0.45 + 0.55 * Math.abs(Math.sin(time * 0.83) * Math.cos(time * 0.31));
  const tone = Math.sin(time * 2 * Math.PI * 140) + 0.4 * Math.sin(time * 2 * Math.PI * 420);
  return 0.3 * phrase * syllable * tone;
}

/** Answers with the file or, when asked so, with one range of it. */
export function sendRange(response: ServerResponse, file: Buffer, range: string | undefined): void {
  const asked = /^bytes=(\d*)-(\d*)$/.exec(range ?? '');
  const headers = { 'content-type': 'audio/wav', 'accept-ranges': 'bytes' };
  if (!asked || (asked[1] === '' && asked[2] === '')) {
    response.writeHead(200, { ...headers, 'content-length': file.length }).end(file);
    return;
  }
  const isSuffix = asked[1] === '';
  const start = isSuffix ? Math.max(0, file.length - Number(asked[2])) : Number(asked[1]);
  const last =
    isSuffix || asked[2] === '' ? file.length - 1 : Math.min(Number(asked[2]), file.length - 1);
  if (start > last) {
    response.writeHead(416, { 'content-range': `bytes */${file.length}` }).end();
    return;
  }
  const part = file.subarray(start, last + 1);
  response
    .writeHead(206, {
      ...headers,
      'content-length': part.length,
      'content-range': `bytes ${start}-${last}/${file.length}`,
    })
    .end(part);
}
