/**
 * How sound is written in a capture: interleaved signed 16-bit little-endian PCM.
 * Opus joins this union together with the Opus sockets.
 */
export interface AudioFormat {
  readonly encoding: 'pcm_s16le';
  readonly sampleRateHz: number;
  readonly channels: number;
}

/** What speech detection and recognisers hear, and what raw-binary clients send. */
export const speechFormat: AudioFormat = {
  encoding: 'pcm_s16le',
  sampleRateHz: 16_000,
  channels: 1,
};

/** Bytes of one sample of every channel. */
export function frameBytes(format: AudioFormat): number {
  return 2 * format.channels;
}

/** How long `byteCount` bytes last, ms (not rounded; exact where a double can be, as at 16 kHz). */
export function durationMs(format: AudioFormat, byteCount: number): number {
  return ((byteCount / frameBytes(format)) * 1000) / format.sampleRateHz;
}

/** The byte offset of the sample nearest to `ms`. */
export function byteOffset(format: AudioFormat, ms: number): number {
  return Math.round((ms / 1000) * format.sampleRateHz) * frameBytes(format);
}
