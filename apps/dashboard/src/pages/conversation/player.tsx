import type { ConversationPageBody } from '@friend-lite/contract';
import { CircleAlert, Download, Pause, Play, RotateCcw, RotateCw } from 'lucide-react';
import { lazy, Suspense, useEffect } from 'react';
import { formatPosition } from '../../words/time.ts';
import { usePlaybackState, usePlaybackTime, type Playback } from './playback.ts';

const Waveform = lazy(async () => ({ default: (await import('./waveform.tsx')).Waveform }));

export type View = 'original' | 'cropped';

interface PlayerProps {
  readonly playback: Playback;
  readonly url: string;
  readonly view: View;
  readonly conversation: ConversationPageBody['conversation'];
  /** Null when there is no cropped sound to switch to. */
  readonly onView: ((view: View) => void) | null;
}

const skipSeconds = 10;
const rates = [1, 1.25, 1.5, 2];

/** The recording with its waveform and controls. Space plays and pauses wherever one is on the page. */
export function Player({ playback, url, view, conversation, onView }: PlayerProps) {
  const state = usePlaybackState(playback);
  useSpaceBar(playback);
  const isOriginal = view === 'original';

  return (
    <section className="card player" aria-label="Recording">
      <Suspense fallback={<div className="waveform skeleton" />}>
        <Waveform
          key={url}
          playback={playback}
          url={url}
          speech={isOriginal ? conversation.speech_segments : []}
          gaps={isOriginal ? conversation.gaps : []}
        />
      </Suspense>
      {state.hasFailed && (
        <p className="notice is-error" role="alert">
          <CircleAlert size={16} aria-hidden="true" />
          The recording cannot be played. It may not be written yet; try again in a moment.
        </p>
      )}
      <div className="player-bar">
        <button
          type="button"
          className="button is-plain is-icon is-extra"
          aria-label={`Back ${skipSeconds} seconds`}
          onClick={() => playback.seek(playback.time() - skipSeconds)}
        >
          <RotateCcw size={18} aria-hidden="true" />
        </button>
        <button
          type="button"
          className="play-button"
          aria-label={state.isPlaying ? 'Pause' : 'Play'}
          onClick={() => (state.isPlaying ? playback.pause() : playback.play())}
        >
          {state.isPlaying ? (
            <Pause size={20} fill="currentColor" aria-hidden="true" />
          ) : (
            <Play size={20} fill="currentColor" aria-hidden="true" />
          )}
        </button>
        <button
          type="button"
          className="button is-plain is-icon is-extra"
          aria-label={`Forward ${skipSeconds} seconds`}
          onClick={() => playback.seek(playback.time() + skipSeconds)}
        >
          <RotateCw size={18} aria-hidden="true" />
        </button>
        <p className="player-time numbers">
          <Position playback={playback} />
          {state.duration !== null && <span> / {formatPosition(state.duration)}</span>}
        </p>
        <div className="player-options">
          {onView && <ViewSwitch view={view} onView={onView} />}
          <button
            type="button"
            className="button is-plain numbers"
            aria-label={`Speed ${state.rate}. Change`}
            onClick={() => playback.setRate(nextRate(state.rate))}
          >
            {state.rate}×
          </button>
          <a
            className="button is-plain is-icon is-extra"
            href={url}
            download
            aria-label="Download this recording"
          >
            <Download size={17} aria-hidden="true" />
          </a>
        </div>
      </div>
    </section>
  );
}

function Position({ playback }: { readonly playback: Playback }) {
  return <span data-testid="position">{usePlaybackTime(playback, formatPosition)}</span>;
}

function ViewSwitch(props: { readonly view: View; readonly onView: (view: View) => void }) {
  return (
    <div className="segmented" role="group" aria-label="Version of the recording">
      {(['original', 'cropped'] as const).map((view) => (
        <button
          key={view}
          type="button"
          aria-pressed={view === props.view}
          onClick={() => props.onView(view)}
        >
          {view === 'original' ? 'Original' : 'Cropped'}
        </button>
      ))}
    </div>
  );
}

function nextRate(rate: number): number {
  return rates[(rates.indexOf(rate) + 1) % rates.length] ?? 1;
}

function useSpaceBar(playback: Playback): void {
  useEffect(() => {
    const onKey = (event: KeyboardEvent): void => {
      const isTaken =
        event.target instanceof Element &&
        event.target.closest('button, a, input, textarea, select, summary') !== null;
      if (event.key !== ' ' || isTaken) return;
      event.preventDefault();
      if (playback.state().isPlaying) playback.pause();
      else playback.play();
    };
    document.addEventListener('keydown', onKey);
    return () => document.removeEventListener('keydown', onKey);
  }, [playback]);
}
