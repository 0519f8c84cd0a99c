import loadFvad from '@echogarden/fvad-wasm';
import { speechFormat } from '../../audio/index.ts';

/** 10 ms, the shortest frame it takes: windows of any length are served with the least delay. */
const frameSamples = speechFormat.sampleRateHz / 100;

/**
 * How eager it is to say "no speech": 0 (least) to 3 (most). As a gate it may let too much through but must
 * not miss speech; on its own it must be right more often than not.
 */
export type Aggressiveness = 0 | 1 | 2 | 3;

/** The voice activity detector of WebRTC, for one stream. */
export interface WebRtcVad {
  /** Share of the 10 ms frames that end within the next stretch of sound which hold speech, 0..1. */
  voicedShare(samples: Int16Array): number;
  /** Forgets what it heard. */
  reset(): void;
  /** Gives its memory back. The last call. */
  free(): void;
}

/** Makes one detector a stream; all of them share one WASM heap. */
export type WebRtcVadFactory = (aggressiveness: Aggressiveness) => WebRtcVad;

export async function loadWebRtcVad(): Promise<WebRtcVadFactory> {
  const fvad = await loadFvad();
  const framePointer = fvad._malloc(frameSamples * Int16Array.BYTES_PER_ELEMENT);
  const frameIndex = framePointer / Int16Array.BYTES_PER_ELEMENT;

  return (aggressiveness) => {
    const handle = fvad._fvad_new();
    if (handle === 0 || framePointer === 0) throw new Error('out of memory for voice activity');
    const frame = new Int16Array(frameSamples);
    let filled = 0;

    const reset = (): void => {
      filled = 0;
      fvad._fvad_reset(handle);
      fvad._fvad_set_mode(handle, aggressiveness);
      fvad._fvad_set_sample_rate(handle, speechFormat.sampleRateHz);
    };
    reset();

    return {
      voicedShare(samples) {
        let [frames, voiced] = [0, 0];
        for (let at = 0; at < samples.length;) {
          const piece = samples.subarray(at, at + frameSamples - filled);
          frame.set(piece, filled);
          filled += piece.length;
          at += piece.length;
          if (filled < frameSamples) break;
          filled = 0;
          fvad.HEAP16.set(frame, frameIndex);
          frames += 1;
          if (fvad._fvad_process(handle, framePointer, frameSamples) === 1) voiced += 1;
        }
        return frames === 0 ? 0 : voiced / frames;
      },
      reset,
      free: () => fvad._fvad_free(handle),
    };
  };
}
