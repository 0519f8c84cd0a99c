import { useEffect, useRef, type CSSProperties, type KeyboardEvent } from 'react';
import WaveSurfer from 'wavesurfer.js';
import { formatPosition } from '../../words/time.ts';
import { fetchPeaks } from './peaks.ts';
import { usePlaybackState, usePlaybackTime, type Playback } from './playback.ts';
import type { Stretch } from './timeline.ts';

interface WaveformProps {
  readonly playback: Playback;
  readonly url: string;
  /** Shaded: where speech was heard. Seconds of the recording. */
  readonly speech: readonly Stretch[];
  /** Hatched: where nothing was recorded. */
  readonly gaps: readonly Stretch[];
}

const bucketCount = 800;
const keyStepSeconds = 5;

/** The outline of the recording; a click, a drag or the arrow keys seek in it. */
export function Waveform({ playback, url, speech, gaps }: WaveformProps) {
  const { duration } = usePlaybackState(playback);
  const second = usePlaybackTime(playback, Math.floor);
  const container = useWaveSurfer(playback, url, duration);

  const onKeyDown = (event: KeyboardEvent): void => {
    const target = keyTarget(event.key, playback.time(), duration ?? 0);
    if (target === null) return;
    event.preventDefault();
    playback.seek(target);
  };
  return (
    <div
      className="waveform"
      role="slider"
      tabIndex={0}
      aria-label="Position in the recording"
      aria-valuemin={0}
      aria-valuemax={Math.floor(duration ?? 0)}
      aria-valuenow={second}
      aria-valuetext={formatPosition(second)}
      onKeyDown={onKeyDown}
    >
      {duration !== null && (
        <div className="waveform-shades" aria-hidden="true">
          {speech.map((stretch) => (
            <span key={stretch.start} className="is-speech" style={placeOf(stretch, duration)} />
          ))}
          {gaps.map((stretch) => (
            <span
              key={stretch.start}
              className="is-gap"
              style={placeOf(stretch, duration)}
              title="Nothing was recorded here"
            />
          ))}
        </div>
      )}
      <div ref={container} className="waveform-drawing" />
    </div>
  );
}

function useWaveSurfer(playback: Playback, url: string, duration: number | null) {
  const container = useRef<HTMLDivElement>(null);

  useEffect(() => {
    const element = container.current;
    if (!element || duration === null) return undefined;
    const controller = new AbortController();
    const scheme = matchMedia('(prefers-color-scheme: dark)');

    const draw = (peaks: Float32Array<ArrayBuffer>): void => {
      const surfer = WaveSurfer.create({
        container: element,
        media: playback.element,
        peaks: [peaks],
        duration,
        height: 'auto',
        barWidth: 2,
        barGap: 2,
        barRadius: 2,
        barMinHeight: 2,
        cursorWidth: 2,
        dragToSeek: true,
        ...colorsOf(element),
      });
      const recolor = (): void => surfer.setOptions(colorsOf(element));
      scheme.addEventListener('change', recolor, { signal: controller.signal });
      controller.signal.addEventListener('abort', () => surfer.destroy(), { once: true });
    };
    const flat = new Float32Array(bucketCount);
    fetchPeaks(url, bucketCount, controller.signal)
      // A line without an outline still seeks; the player says what is wrong with the sound.
      .catch(() => null)
      .then((peaks) => {
        if (!controller.signal.aborted) draw(peaks ?? flat);
      })
      .catch(reportError);
    return () => controller.abort();
  }, [playback, url, duration]);

  return container;
}

/** Reads the tokens as colours: a canvas does not understand `light-dark()`. */
function colorsOf(element: HTMLElement) {
  const { color, accentColor } = getComputedStyle(element);
  return { waveColor: color, progressColor: accentColor, cursorColor: accentColor };
}

function placeOf({ start, end }: Stretch, duration: number): CSSProperties {
  return {
    left: `${(start / duration) * 100}%`,
    width: `${((end - start) / duration) * 100}%`,
  };
}

function keyTarget(key: string, time: number, duration: number): number | null {
  switch (key) {
    case 'ArrowLeft':
    case 'ArrowDown':
      return time - keyStepSeconds;
    case 'ArrowRight':
    case 'ArrowUp':
      return time + keyStepSeconds;
    case 'Home':
      return 0;
    case 'End':
      return duration;
    default:
      return null;
  }
}
