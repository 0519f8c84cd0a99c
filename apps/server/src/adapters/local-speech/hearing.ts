import type { DetectorInfo } from '../../audio/index.ts';
import type { Parcel, Report, StreamKey } from './parcel.ts';
import type { Silero, SileroLoad } from './silero.ts';
import { createStream, type Stream, type Window } from './stream.ts';
import type { WebRtcVadFactory } from './webrtc-vad.ts';

/** All streams of the worker. */
export interface Hearing {
  readonly info: DetectorInfo;
  /**
   * Hears the parcel to its end. One at a time: a parcel comes when the one before was heard. Parts of
   * streams that are not open are passed over.
   */
  hear(parcel: Parcel): Promise<Report[]>;
}

export interface Engines {
  readonly webRtcVad: WebRtcVadFactory;
  readonly silero: SileroLoad;
}

/** With Silero, WebRTC's detector is the gate before it; without, it decides alone. */
export function createHearing({ webRtcVad, silero }: Engines): Hearing {
  const streams = new Map<StreamKey, Stream>();
  const aggressiveness = silero.kind === 'loaded' ? 1 : 3;

  const judge = async (
    rows: readonly { readonly stream: Stream; readonly window: Window }[],
  ): Promise<ArrayLike<number>> =>
    silero.kind === 'loaded'
      ? judgeTogether(silero.silero, rows)
      : rows.map(({ window }) => window.voicedShare);

  /** Judges window after window, each time one of every stream that has one. */
  const judgeAll = async (listening: readonly Stream[]): Promise<void> => {
    for (let busy = listening; ;) {
      const rows = busy.flatMap((stream) => {
        const window = stream.next();
        return window ? [{ stream, window }] : [];
      });
      if (rows.length === 0) return;
      const probabilities = await judge(rows);
      rows.forEach(({ stream, window }, row) => stream.judged(window, probabilities[row] ?? 0));
      busy = rows.map(({ stream }) => stream);
    }
  };

  return {
    info: infoOf(silero),

    async hear({ closed, opened, parts, samples }) {
      for (const { key, startMs } of opened) {
        streams.set(key, createStream(key, startMs, webRtcVad(aggressiveness)));
      }
      let at = 0;
      const listening = parts.flatMap(({ key, sampleCount, isFlush }) => {
        const sound = samples.subarray(at, (at += sampleCount));
        const stream = streams.get(key);
        stream?.take(sound, isFlush);
        return stream ? [{ stream, isFlush }] : [];
      });
      await judgeAll(listening.map(({ stream }) => stream));
      const reports = listening.flatMap(({ stream, isFlush }) => {
        if (isFlush) stream.end();
        return stream.report(isFlush) ?? [];
      });
      for (const key of closed) {
        streams.get(key)?.free();
        streams.delete(key);
      }
      return reports;
    },
  };
}

function judgeTogether(
  silero: Silero,
  rows: readonly { readonly stream: Stream; readonly window: Window }[],
): Promise<Float32Array> {
  return silero.judge(
    rows.map(({ stream, window }) => ({ samples: window.samples, memory: stream.memory() })),
  );
}

function infoOf(silero: SileroLoad): DetectorInfo {
  if (silero.kind === 'loaded') return { engine: 'silero-v6', note: null };
  return {
    engine: 'webrtc',
    note:
      `Speech is found by the simple WebRTC detector, which takes noise for speech, since the Silero ` +
      `model does not load (${silero.reason}). To add it: npm install --include=optional.`,
  };
}
