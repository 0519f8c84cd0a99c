import { useSyncExternalStore } from 'react';

interface PlaybackState {
  readonly isPlaying: boolean;
  readonly hasFailed: boolean;
  /** Seconds; null until the file's header was read. */
  readonly duration: number | null;
  readonly rate: number;
}

/** One recording being played. Its state is for React; its time changes too often and is asked for. */
export interface Playback {
  readonly element: HTMLAudioElement;
  readonly state: () => PlaybackState;
  /** Seconds of the recording's own time. */
  time(): number;
  /** Makes `url` the recording, at `time`. Going on playing is kept. */
  load(url: string, time: number): void;
  seek(time: number): void;
  play(): void;
  pause(): void;
  setRate(rate: number): void;
  readonly subscribe: (listener: () => void) => () => void;
  /** Hears of time on every frame while playing, and after every seek. */
  readonly subscribeToTime: (listener: () => void) => () => void;
}

export function createPlayback(): Playback {
  const element = new Audio();
  element.preload = 'metadata';
  const listeners = new Set<() => void>();
  const timeListeners = new Set<() => void>();
  let state: PlaybackState = { isPlaying: false, hasFailed: false, duration: null, rate: 1 };
  let frame = 0;

  const change = (next: Partial<PlaybackState>): void => {
    state = { ...state, ...next };
    for (const listener of listeners) listener();
  };
  const tellTime = (): void => {
    for (const listener of timeListeners) listener();
  };
  const run = (): void => {
    tellTime();
    frame = requestAnimationFrame(run);
  };

  element.addEventListener('play', () => {
    change({ isPlaying: true });
    cancelAnimationFrame(frame);
    run();
  });
  element.addEventListener('pause', () => {
    cancelAnimationFrame(frame);
    change({ isPlaying: false });
    tellTime();
  });
  element.addEventListener('seeking', tellTime);
  element.addEventListener('loadedmetadata', tellTime);
  element.addEventListener('durationchange', () =>
    change({ duration: Number.isFinite(element.duration) ? element.duration : null }),
  );
  element.addEventListener('ratechange', () => change({ rate: element.playbackRate }));
  element.addEventListener('error', () => change({ hasFailed: true, isPlaying: false }));

  const play = (): void => {
    // A refusal shows as an `error` event, or as staying paused.
    element.play().catch(() => undefined);
  };
  return {
    element,
    state: () => state,
    time: () => element.currentTime,
    load(url, time) {
      const wasPlaying = !element.paused;
      const { playbackRate } = element;
      change({ hasFailed: false, duration: null });
      element.src = url;
      element.defaultPlaybackRate = playbackRate;
      // Kept as where to begin until the recording's header was read.
      element.currentTime = time;
      tellTime();
      if (wasPlaying) play();
    },
    seek(time) {
      element.currentTime = Math.max(0, Math.min(time, state.duration ?? time));
      tellTime();
    },
    play,
    pause: () => element.pause(),
    setRate(rate) {
      element.playbackRate = rate;
    },
    subscribe(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    subscribeToTime(listener) {
      timeListeners.add(listener);
      return () => timeListeners.delete(listener);
    },
  };
}

export function usePlaybackState(playback: Playback): PlaybackState {
  return useSyncExternalStore(playback.subscribe, playback.state);
}

/** A value read off the playing time; renders only when that value changes. */
export function usePlaybackTime<T extends number | string>(
  playback: Playback,
  read: (time: number) => T,
): T {
  return useSyncExternalStore(playback.subscribeToTime, () => read(playback.time()));
}
