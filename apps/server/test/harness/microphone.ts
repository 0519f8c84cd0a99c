import { setTimeout as sleep } from 'node:timers/promises';
import { ApiError, openAudioStream, type AudioStream } from '@friend-lite/client';

/** 16 kHz mono 16-bit. */
export const bytesPerMs = 32;
const frameMs = 20;
const reconnectPauseMs = 50;

export interface MicrophoneOptions {
  readonly url: string;
  readonly token: string;
  readonly deviceName: string;
  readonly pcm: Uint8Array;
  /** 1 is the pace at which it was spoken. */
  readonly speed: number;
  readonly framing?: 'json' | 'raw';
  readonly signal?: AbortSignal;
  /** Called with the position, ms of sound, after each frame was handed to the network. */
  readonly onSent?: (positionMs: number) => void;
}

/**
 * A device that speaks `pcm` at its own pace and comes back whenever its connection breaks, as pendants and
 * phones do. It says nothing while it is away, and goes on with the next frame it has not sent: what is
 * missing from the recording is what was lost on the way.
 *
 * Resolves with the open connection when all was sent.
 */
export async function speak(options: MicrophoneOptions): Promise<AudioStream> {
  const { pcm, speed, signal, onSent } = options;
  let stream = await connect(options);
  let pacedFrom = performance.now();
  let pacedBytes = 0;
  for (let start = 0; start < pcm.length;) {
    signal?.throwIfAborted();
    const frame = pcm.subarray(start, start + frameMs * bytesPerMs);
    try {
      await stream.send(frame);
      start += frame.length;
      pacedBytes += frame.length;
      onSent?.(start / bytesPerMs);
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      stream = await connect(options);
      pacedFrom = performance.now();
      pacedBytes = 0;
    }
    const dueMs = pacedFrom + pacedBytes / bytesPerMs / speed;
    const aheadMs = dueMs - performance.now();
    if (aheadMs > 0) await sleep(aheadMs, undefined, signal ? { signal } : {});
  }
  return stream;
}

async function connect(options: MicrophoneOptions): Promise<AudioStream> {
  const { url, token, deviceName, framing = 'json', signal } = options;
  for (;;) {
    try {
      return await openAudioStream({
        baseUrl: url,
        token,
        deviceName,
        framing,
        ...(signal ? { signal } : {}),
      });
    } catch (error) {
      const isAway =
        error instanceof ApiError && ['network', 'timeout', 'shutting_down'].includes(error.code);
      if (!isAway) throw error;
      await sleep(reconnectPauseMs, undefined, signal ? { signal } : {});
    }
  }
}
