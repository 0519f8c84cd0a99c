import type { UserId } from '@friend-lite/contract';
import { intersect, lengthMs, totalMs, type Span } from '../audio/index.ts';
import type { Availability, HeardUtterance } from './ports.ts';

/** Sound of one user, 16 kHz mono s16le, with the words that were heard in it. */
export interface SoundOfVoices {
  readonly pcm: Uint8Array;
  /** Times in ms from the start of the sound. */
  readonly utterances: readonly HeardUtterance[];
  /** Whose enrolled voices are meant. */
  readonly userId: UserId;
}

/** Where one voice speaks. Times in ms from the start of the sound. */
export interface HeardVoice extends Span {
  /** The same voice has the same label within one answer. */
  readonly label: string;
  /** Of the one whose enrolled voice it is; null when it is nobody's. */
  readonly name: string | null;
}

/** Tells voices apart, and whose they are, by those enrolled with it. */
export interface VoiceIdentifier {
  readonly name: string;
  /** Longest stretch of sound in one request, ms. Labels mean something within one stretch alone. */
  readonly maxAudioMs: number;
  /** Asks whether it would work now; never throws. */
  probe(signal: AbortSignal): Promise<Availability>;
  /** Throws `ProviderError`, and the signal's reason. */
  identify(sound: SoundOfVoices, signal: AbortSignal): Promise<readonly HeardVoice[]>;
}

/** A voice must speak for this share of an utterance, for it to be the one of the utterance. */
const leastShare = 0.3;

/**
 * Whose voice each utterance is: the one that speaks longest in its time, null where hardly any does. Times of both are
 * on the same timeline.
 */
export function voicesOf(
  utterances: readonly Span[],
  voices: readonly HeardVoice[],
): readonly (Pick<HeardVoice, 'label' | 'name'> | null)[] {
  const labels = Map.groupBy(voices, ({ label }) => label);
  return utterances.map((utterance) => {
    const shares = [...labels].map(([label, spans]) => ({
      label,
      ms: totalMs(intersect(spans, [utterance])),
    }));
    const [most] = shares.sort((a, b) => b.ms - a.ms);
    if (!most || most.ms <= 0 || most.ms < leastShare * lengthMs(utterance)) return null;
    return { label: most.label, name: nameOf(labels.get(most.label) ?? [], utterance) };
  });
}

/** A label may be named here and not there; the name that it has for longest within the utterance counts. */
function nameOf(voices: readonly HeardVoice[], utterance: Span): string | null {
  const names = Map.groupBy(voices, ({ name }) => name);
  const shares = [...names].map(([name, spans]) => ({
    name,
    ms: totalMs(intersect(spans, [utterance])),
  }));
  return shares.sort((a, b) => b.ms - a.ms)[0]?.name ?? null;
}
