/** How sound is written in a capture. */
export type AudioFormat = PcmFormat | OpusFormat;

/** Interleaved signed 16-bit little-endian PCM. */
export interface PcmFormat {
  readonly encoding: 'pcm_s16le';
  readonly sampleRateHz: number;
  readonly channels: number;
}

/** Opus packets (RFC 6716) as the device made them; decoded to 16 kHz mono. */
export interface OpusFormat {
  readonly encoding: 'opus';
  readonly sampleRateHz: 16_000;
  readonly channels: 1;
}

/** What speech detection and recognisers hear, and what raw-binary clients send. */
export const speechFormat: PcmFormat = {
  encoding: 'pcm_s16le',
  sampleRateHz: 16_000,
  channels: 1,
};

export const opusFormat: OpusFormat = { encoding: 'opus', sampleRateHz: 16_000, channels: 1 };

/** Bytes of one sample of every channel. */
export function frameBytes(format: PcmFormat): number {
  return 2 * format.channels;
}

/** How long `byteCount` bytes last, ms (not rounded; exact where a double can be, as at 16 kHz). */
export function durationMs(format: PcmFormat, byteCount: number): number {
  return ((byteCount / frameBytes(format)) * 1000) / format.sampleRateHz;
}

/** The byte offset of the sample nearest to `ms`. */
export function byteOffset(format: PcmFormat, ms: number): number {
  return Math.round((ms / 1000) * format.sampleRateHz) * frameBytes(format);
}
