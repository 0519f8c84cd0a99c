import type { WavFormat } from './wav.ts';

/** A WAV file around `sound`, as various programs write them. */
export function wavOf(
  sound: Uint8Array,
  options: {
    readonly format?: WavFormat;
    /** Chunks between the format and the sound. */
    readonly before?: Uint8Array;
    /** What the header says about the length of the sound. */
    readonly length?: number;
    readonly isExtensible?: boolean;
  } = {},
): Buffer {
  const {
    format = { formatTag: 1, channels: 1, sampleRateHz: 16_000, bitsPerSample: 16 },
    before = Buffer.alloc(0),
    length = sound.length,
    isExtensible = false,
  } = options;
  const frameBytes = (format.channels * format.bitsPerSample) / 8;
  const formatChunk = Buffer.alloc(isExtensible ? 40 : 16);
  formatChunk.writeUInt16LE(isExtensible ? 0xfffe : format.formatTag, 0);
  formatChunk.writeUInt16LE(format.channels, 2);
  formatChunk.writeUInt32LE(format.sampleRateHz, 4);
  formatChunk.writeUInt32LE(format.sampleRateHz * frameBytes, 8);
  formatChunk.writeUInt16LE(frameBytes, 12);
  formatChunk.writeUInt16LE(format.bitsPerSample, 14);
  if (isExtensible) formatChunk.writeUInt16LE(format.formatTag, 24);
  return Buffer.concat([
    Buffer.from('RIFF\0\0\0\0WAVEfmt '),
    uint32(formatChunk.length),
    formatChunk,
    before,
    Buffer.from('data'),
    uint32(length),
    sound,
  ]);
}

function uint32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(value);
  return bytes;
}
