import {
  intersect,
  mergeSpans,
  overlapping,
  padSpans,
  totalMs,
  type Span,
} from '../audio/index.ts';
import type { HeardUtterance } from './ports.ts';

/** What recognisers say where nobody said it, and why it is taken for that. */
export type GuardVerdict =
  | { readonly kind: 'plausible' }
  /** Hardly any speech was detected where it was heard. */
  | { readonly kind: 'over-silence'; readonly speechShare: number }
  /** The same words over and over. */
  | { readonly kind: 'repetition'; readonly wordCount: number; readonly times: number }
  /** A line that recognisers learnt from subtitles of videos and say to noise. */
  | { readonly kind: 'filler' }
  /** It begins as what is not to be kept. */
  | { readonly kind: 'skip-pattern' };

export interface GuardContext {
  /** Where words may be: see `nearSpeech`. On the timeline of the utterances; null: no speech was looked for. */
  readonly nearSpeech: readonly Span[] | null;
  /** Matched at the start of the text, case ignored. */
  readonly skipPattern: RegExp | null;
}

/** Times of utterances are imprecise; so much around detected speech counts as speech, ms. */
const toleranceMs = 500;
/** With less speech than this in its time, nobody said it. */
const leastSpeechShare = 0.1;
/** With less than this, a courtesy was hardly said. */
const plausibleSpeechShare = 0.5;
/** People repeat a word or a phrase; nobody does it as often as this. */
const leastRepetitions = { ofOneWord: 8, ofPhrase: 5 };
const longestRepeatedPhrase = 12;

/**
 * Credits under subtitles, which Whisper and models trained like it say to noise and music and nobody says aloud.
 * Source: openai/whisper discussion 679. As `normalized` leaves them.
 */
const credits: ReadonlySet<string> = new Set([
  'subtitles by the amara org community',
  'transcription by castingwords',
  'untertitel der amara org community',
  'untertitelung des zdf 2020',
  'untertitelung im auftrag des zdf 2021',
  'sous titres réalisés par la communauté damara org',
  'sous titrage st 501',
  'subtítulos realizados por la comunidad de amara org',
  'sottotitoli creati dalla comunità amara org',
  'sottotitoli e revisione a cura di qtss',
  'legendas pela comunidade amara org',
  'ondertitels ingediend door de amara org gemeenschap',
  'ondertiteld door de amara org gemeenschap',
  'napisy stworzone przez społeczność amara org',
  'субтитры сделал dimatorzok',
  'субтитры создавал dimatorzok',
  'altyazı mk',
  '字幕由amara org社区提供',
]);

/** What noise is taken for as well, and people do say: a filler only where little speech was detected. */
const courtesies: ReadonlySet<string> = new Set([
  'you',
  'thank you',
  'thank you very much',
  'thanks',
  'bye',
  'bye bye',
  'thanks for watching',
  'thank you for watching',
  'please subscribe to my channel',
  'see you in the next video',
  'danke',
  'vielen dank',
  'vielen dank fürs zuschauen',
  'merci',
  'merci davoir regardé cette vidéo',
  'gracias',
  'gracias por ver el video',
  'suscríbete al canal',
  'grazie',
  'grazie per aver guardato il video',
  'obrigado',
  'obrigado por assistir',
  'bedankt',
  'bedankt voor het kijken',
  'dziękuję',
  'dziękuję za oglądanie',
  'спасибо',
  'спасибо за просмотр',
  'продолжение следует',
  'izlediğiniz için teşekkürler',
  'ありがとうございました',
  'ご視聴ありがとうございました',
  '谢谢',
  '감사합니다',
  '시청해주셔서 감사합니다',
]);

/** Detected speech and what is near it, for an engine's times are imprecise: in order and merged. */
export function nearSpeech(speech: readonly Span[]): readonly Span[] {
  return mergeSpans(padSpans(speech, toleranceMs));
}

/** Judges one utterance. The first reason found is told. */
export function judgeUtterance(utterance: HeardUtterance, context: GuardContext): GuardVerdict {
  const text = normalized(utterance.text);
  if (context.skipPattern && matchesStart(context.skipPattern, utterance.text))
    return { kind: 'skip-pattern' };
  if (credits.has(text)) return { kind: 'filler' };
  const speechShare =
    context.nearSpeech === null ? null : shareOfSpeech(utterance, context.nearSpeech);
  if (speechShare !== null) {
    if (speechShare < leastSpeechShare) return { kind: 'over-silence', speechShare };
    if (speechShare < plausibleSpeechShare && courtesies.has(text)) return { kind: 'filler' };
  }
  return findRepetition(text) ?? { kind: 'plausible' };
}

interface GuardedUtterances {
  readonly kept: readonly HeardUtterance[];
  readonly dropped: readonly {
    readonly utterance: HeardUtterance;
    readonly verdict: GuardVerdict;
  }[];
}

/** Parts what was probably said from what was not. */
export function guardUtterances(
  utterances: readonly HeardUtterance[],
  context: GuardContext,
): GuardedUtterances {
  const judged = utterances.map((utterance) => ({
    utterance,
    verdict: judgeUtterance(utterance, context),
  }));
  return {
    kept: judged.flatMap(({ utterance, verdict }) =>
      verdict.kind === 'plausible' ? [utterance] : [],
    ),
    dropped: judged.filter(({ verdict }) => verdict.kind !== 'plausible'),
  };
}

/** Share of the time of the utterance's words that lies in or near speech, 0..1. */
function shareOfSpeech(utterance: HeardUtterance, near: readonly Span[]): number {
  const spoken = utterance.words.length > 0 ? utterance.words : [utterance];
  const lengthOfWords = totalMs(spoken);
  const window = {
    startMs: Math.min(utterance.startMs, ...spoken.map(({ startMs }) => startMs)),
    endMs: Math.max(utterance.endMs, ...spoken.map(({ endMs }) => endMs)),
  };
  if (lengthOfWords > 0)
    return totalMs(intersect(spoken, overlapping(near, window))) / lengthOfWords;
  // An engine without times of its own says when by a point.
  const point = { startMs: utterance.startMs, endMs: utterance.startMs + 1 };
  return overlapping(near, point).length > 0 ? 1 : 0;
}

/** A word or a phrase that fills most of the text again and again. */
function findRepetition(text: string): GuardVerdict | null {
  const words = text.split(' ');
  for (let length = 1; length <= longestRepeatedPhrase; length += 1) {
    const least = length === 1 ? leastRepetitions.ofOneWord : leastRepetitions.ofPhrase;
    if (words.length < length * least) return null;
    const times = mostInARow(words, length);
    if (times >= least) return { kind: 'repetition', wordCount: length, times };
  }
  return null;
}

/** How often the same `length` words follow each other, where they do most often. */
function mostInARow(words: readonly string[], length: number): number {
  let most = 0;
  let same = 0;
  for (let index = length; index < words.length; index += 1) {
    same = words[index] === words[index - length] ? same + 1 : 0;
    most = Math.max(most, Math.floor(same / length) + 1);
  }
  return most;
}

function matchesStart(pattern: RegExp, text: string): boolean {
  const flags = pattern.flags.includes('u') ? 'iu' : 'i';
  return new RegExp(`^(?:${pattern.source})`, flags).test(text.trimStart());
}

/** Letters and digits of any script, single spaces between words, lower case. */
function normalized(text: string): string {
  return text
    .toLowerCase()
    .replace(/(?<=\p{L})['’.](?=\p{L}{1,2}\b)|['’]/gu, '')
    .replace(/[^\p{L}\p{M}\p{N}]+/gu, ' ')
    .trim();
}
