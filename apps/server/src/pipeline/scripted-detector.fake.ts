import type { VoiceActivity, VoiceActivityDetector } from '../audio/index.ts';

/**
 * A detector for tests that hears speech wherever a sample is not zero. `heard` shows, for each stream, every
 * stretch it was given; `refuse` makes it turn sound away, `die` makes it forget everything it was given.
 */
export interface ScriptedDetector extends VoiceActivityDetector {
  /** [startMs, endMs) of each `open`, in order. */
  readonly heard: (streamId: string) => readonly { startMs: number; endMs: number }[];
  refuse(isRefusing: boolean): void;
  die(): void;
}

interface Stream {
  readonly listener: (activity: VoiceActivity) => void;
  readonly stretch: { startMs: number; endMs: number };
  speakingSinceMs: number | null;
}

const samplesPerMs = 16;

export function scriptedDetector(): ScriptedDetector {
  const stretches = new Map<string, { startMs: number; endMs: number }[]>();
  const streams = new Map<string, Stream>();
  let isRefusing = false;

  const report = (streamId: string, stream: Stream, ended: VoiceActivity['ended']): void =>
    stream.listener({
      streamId,
      analyzedMs: stream.stretch.endMs,
      ended,
      speakingSinceMs: stream.speakingSinceMs,
      levelDb: -20,
    });

  return {
    heard: (streamId) => stretches.get(streamId) ?? [],
    refuse(next) {
      isRefusing = next;
    },
    die() {
      streams.clear();
    },

    open(streamId, startMs, listener) {
      const stretch = { startMs, endMs: startMs };
      stretches.set(streamId, [...(stretches.get(streamId) ?? []), stretch]);
      streams.set(streamId, { listener, stretch, speakingSinceMs: null });
    },
    push(streamId, samples) {
      const stream = streams.get(streamId);
      if (!stream || isRefusing) return false;
      const startMs = stream.stretch.endMs;
      stream.stretch.endMs += samples.length / samplesPerMs;
      const isSpeech = samples.some((sample) => sample !== 0);
      const ended =
        !isSpeech && stream.speakingSinceMs !== null
          ? [{ startMs: stream.speakingSinceMs, endMs: startMs }]
          : [];
      stream.speakingSinceMs = isSpeech ? (stream.speakingSinceMs ?? startMs) : null;
      report(streamId, stream, ended);
      return true;
    },
    async flush(streamId) {
      const stream = streams.get(streamId);
      if (!stream) throw new Error('the detector is gone');
      const ended =
        stream.speakingSinceMs === null
          ? []
          : [{ startMs: stream.speakingSinceMs, endMs: stream.stretch.endMs }];
      stream.speakingSinceMs = null;
      report(streamId, stream, ended);
    },
    close(streamId) {
      streams.delete(streamId);
    },
    describe: async () => ({ engine: 'webrtc', note: 'scripted' }),
    dispose: async () => undefined,
  };
}
