import {
  byteOffset,
  durationMs,
  lostPacketLike,
  opusPacketDurationMs,
  type AudioFormat,
} from '../audio/index.ts';
import type { SoundFrame } from './sound-frame.ts';

/** What a frame adds to a segment. */
export interface FrameSound {
  /** A stretch of PCM; or Opus packets, those that stand for lost ones first. */
  readonly chunks: readonly Uint8Array[];
  readonly durationMs: number;
  /** So much at its beginning was lost and is concealed. */
  readonly lostMs: number;
  readonly seq: number | null;
}

/** Longer losses are not concealed: sound goes on behind them, in a segment of its own. */
const maxConcealedMs = 5_000;

/**
 * What to store for a frame, and how much capture time to leave out before it. Silence is not invented: a
 * loss of PCM is always left out. Null when an Opus packet's framing is not valid.
 */
export function frameSound(
  format: AudioFormat,
  { bytes, seq, lostBeforeMs }: SoundFrame,
): { readonly skipMs: number; readonly sound: FrameSound } | null {
  if (format.encoding === 'pcm_s16le') {
    const sound = {
      chunks: [bytes],
      durationMs: durationMs(format, bytes.byteLength),
      lostMs: 0,
      seq,
    };
    return { skipMs: lostBeforeMs, sound };
  }
  const packetMs = opusPacketDurationMs(bytes);
  if (packetMs === null) return null;
  const lostPacket = lostPacketLike(bytes);
  const lostPacketMs = opusPacketDurationMs(lostPacket) ?? packetMs;
  const isConcealed = lostBeforeMs <= maxConcealedMs;
  const lostPackets = isConcealed ? Math.round(lostBeforeMs / lostPacketMs) : 0;
  const lostMs = lostPackets * lostPacketMs;
  return {
    skipMs: isConcealed ? 0 : lostBeforeMs,
    sound: {
      chunks: [...Array.from({ length: lostPackets }, () => lostPacket), bytes],
      durationMs: lostMs + packetMs,
      lostMs,
      seq,
    },
  };
}

/** Divides what is to be written at `ms`: PCM at the sample, Opus between two frames. */
export function splitSound(
  format: AudioFormat,
  sounds: readonly FrameSound[],
  ms: number,
): readonly [now: readonly FrameSound[], later: readonly FrameSound[]] {
  let endMs = 0;
  for (const [index, sound] of sounds.entries()) {
    endMs += sound.durationMs;
    if (endMs <= ms) continue;
    const now = sounds.slice(0, index);
    const later = sounds.slice(index + 1);
    if (format.encoding === 'opus') return [now, [sound, ...later]];

    const [pcm = new Uint8Array()] = sound.chunks;
    const at = byteOffset(format, ms - (endMs - sound.durationMs));
    const part = (bytes: Uint8Array, seq: number | null): FrameSound => ({
      chunks: [bytes],
      durationMs: durationMs(format, bytes.byteLength),
      lostMs: 0,
      seq,
    });
    // Only its end makes a frame whole.
    const [before, behind] = [part(pcm.subarray(0, at), null), part(pcm.subarray(at), sound.seq)];
    return [at > 0 ? [...now, before] : now, [behind, ...later]];
  }
  return [sounds, []];
}
