import type { UserId } from '@friend-lite/contract';
import { planUtterances, type Span } from '../audio/index.ts';
import { ProviderError, type Clock, type Log } from '../base/index.ts';
import { createBreaker } from '../health/index.ts';
import {
  voicesOf,
  type HeardUtterance,
  type HeardVoice,
  type VoiceIdentifier,
} from '../transcription/index.ts';

/** Pauses up to this long stay within a stretch: voices are told apart within one alone. */
const stretchPauseMs = 60_000;
const breakerSettings = {
  failureThreshold: 3,
  openMs: { first: 60_000, longest: 600_000 },
  refusedOpenMs: 600_000,
};

/** What was said, by whom. */
export interface VoicedUtterance {
  readonly utterance: HeardUtterance;
  /** Of the one whose voice it is; null: nobody's who is known. */
  readonly name: string | null;
}

/** What was said in a stretch of sound, and the sound; times are ms on one timeline. */
export interface SpokenSound {
  readonly userId: UserId;
  readonly utterances: readonly HeardUtterance[];
  readonly readPcm: (span: Span) => Promise<Uint8Array>;
}

/** Tells who says what in a conversation. */
export interface VoiceListener {
  /**
   * Names those whose voices are known, and labels the utterances that the recogniser could not. Without an answer they
   * are as they were: names are an ornament, and no transcript waits for them. Throws what `readPcm` throws, and the
   * signal's reason.
   */
  listen(sound: SpokenSound, signal: AbortSignal): Promise<readonly VoicedUtterance[]>;
  dispose(): void;
}

/** `identifier` null: nobody is asked. */
export function createVoiceListener(options: {
  readonly identifier: VoiceIdentifier | null;
  readonly clock: Clock;
  readonly log: Log;
}): VoiceListener {
  const { identifier, clock, log } = options;
  const breaker = createBreaker(breakerSettings, clock, ({ kind }) =>
    log.info('speaker service', { breaker: kind }),
  );

  /** As far as it gets. */
  async function voicesIn(
    { userId, utterances, readPcm }: SpokenSound,
    asked: VoiceIdentifier,
    signal: AbortSignal,
  ): Promise<readonly HeardVoice[]> {
    const stretches = planUtterances(utterances, {
      maxMs: asked.maxAudioMs,
      joinPauseMs: stretchPauseMs,
    });
    const voices: HeardVoice[] = [];
    for (const [index, stretch] of stretches.entries()) {
      if (!breaker.admits()) break;
      const pcm = await readPcm(stretch);
      const within = utterances.flatMap((utterance) => inStretch(utterance, stretch) ?? []);
      breaker.tell({ type: 'asked' });
      try {
        const heard = await asked.identify({ pcm, utterances: within, userId }, signal);
        breaker.tell({ type: 'succeeded' });
        voices.push(...heard.map((voice) => placed(voice, stretch.startMs, index)));
      } catch (error) {
        if (!(error instanceof ProviderError)) {
          breaker.tell({ type: 'abandoned' });
          throw error;
        }
        breaker.tell({ type: 'failed', failure: error.failure });
        log.warn('voices not identified', { failure: error.failure, reason: error.message });
        break;
      }
    }
    return voices;
  }

  return {
    async listen(sound, signal) {
      const { utterances } = sound;
      const voices =
        identifier && utterances.length > 0 ? await voicesIn(sound, identifier, signal) : [];
      return withVoices(utterances, voices);
    },
    dispose: () => breaker.dispose(),
  };
}

/** As it is within the stretch, from its start; null when its middle is outside. */
function inStretch(utterance: HeardUtterance, stretch: Span): HeardUtterance | null {
  const middleMs = (utterance.startMs + utterance.endMs) / 2;
  if (middleMs < stretch.startMs || middleMs >= stretch.endMs) return null;
  const moved = <Timed extends Span>(timed: Timed): Timed => ({
    ...timed,
    startMs: Math.max(0, timed.startMs - stretch.startMs),
    endMs: Math.min(stretch.endMs, timed.endMs) - stretch.startMs,
  });
  return { ...moved(utterance), words: utterance.words.map(moved) };
}

/** A voice that is known is the same in every stretch; labels of others are their stretch's own. */
function placed(voice: HeardVoice, byMs: number, stretch: number): HeardVoice {
  return {
    ...voice,
    label: voice.name === null ? `${stretch}:${voice.label}` : `name:${voice.name}`,
    startMs: voice.startMs + byMs,
    endMs: voice.endMs + byMs,
  };
}

function withVoices(
  utterances: readonly HeardUtterance[],
  voices: readonly HeardVoice[],
): readonly VoicedUtterance[] {
  const taken = new Set(utterances.flatMap(({ speaker }) => speaker ?? []));
  const labels = new Map<string, string>();
  const labelFor = (voice: string): string => {
    const known = labels.get(voice);
    if (known !== undefined) return known;
    let number = 1;
    while (taken.has(`Speaker ${number}`)) number += 1;
    const label = `Speaker ${number}`;
    taken.add(label);
    labels.set(voice, label);
    return label;
  };
  const found = voicesOf(utterances, voices);
  return utterances.map((utterance, index) => {
    const voice = found[index] ?? null;
    const speaker = utterance.speaker ?? (voice && labelFor(voice.label));
    return { utterance: { ...utterance, speaker }, name: voice?.name ?? null };
  });
}
