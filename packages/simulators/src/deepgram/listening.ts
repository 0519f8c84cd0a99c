import { createHash } from 'node:crypto';
import { readScript, type HeardScriptWord, type ScriptedWord } from '../script/index.ts';
import {
  confidenceOf,
  languagesOf,
  seconds,
  speakerNumbers,
  transcriptOf,
  wordJson,
  type WordFormat,
  type WordJson,
} from './words.ts';

/** What a live session was asked for. */
export interface LiveSettings {
  readonly model: string;
  readonly interimResults: boolean;
  /** Null: pauses end nothing. */
  readonly endpointingMs: number | null;
  readonly utteranceEndMs: number | null;
  readonly vadEvents: boolean;
  readonly diarize: boolean;
  readonly punctuate: boolean;
  readonly multi: boolean;
}

/** Ways in which real sessions differ. */
export interface LiveQuirks {
  /** As when there is noise in every pause; `UtteranceEnd` still comes. */
  readonly neverSpeechFinal?: boolean;
  readonly repeatsSpeechStarted?: boolean;
  /** The first two speakers change numbers with every final result. */
  readonly speakerFlips?: boolean;
  readonly finalizeUnanswered?: boolean;
  /** Added to every time. */
  readonly clockSkewMs?: number;
  /** After the first final result that ends so late, ms, the session counts its time from 0 again. */
  readonly restartsClockAfterMs?: number;
}

export interface ListeningOptions {
  readonly script: readonly ScriptedWord[];
  readonly positionOf: (pcm: Uint8Array) => number | null;
  readonly settings: LiveSettings;
  readonly quirks?: LiveQuirks;
  readonly requestId: string;
}

export type Message = Readonly<Record<string, unknown>> & { readonly type: string };

/** The hearing of one live session, driven by the sound alone: no clock, no socket. */
export interface Listening {
  /** Ms of sound that were heard. */
  readonly heardMs: number;
  /** Hears the next sound, 16 kHz mono s16le; returns what it has to say. */
  hear(pcm: Uint8Array): readonly Message[];
  /** Makes final what was heard so far. */
  finalize(): readonly Message[];
  /** The rest, and the summary. */
  end(): readonly Message[];
}

const interimEveryMs = 1000;
/** Without a pause, what was heard becomes final after this long, up to the last whole word. */
const longestUnfinalMs = 5000;
/** Sound is heard in steps, so that what is said does not depend on how it was cut for sending. */
const stepBytes = 640;

/** Starts a session at 0 of its own clock, with speakers numbered from 0. */
export function createListening(options: ListeningOptions): Listening {
  const { settings, quirks = {}, requestId } = options;
  const reader = readScript(options.script, options.positionOf);
  const numbers = speakerNumbers();
  const sha256 = createHash('sha256');
  const channel = [0, 1];
  const { clockSkewMs = 0, restartsClockAfterMs = Infinity } = quirks;
  let format: WordFormat = { ...settings, clockSkewMs };
  let unfinal: readonly HeardScriptWord[] = [];
  let heardMs = 0;
  let finalMs = 0;
  let lastSaidMs = 0;
  let lastWordEndMs = 0;
  let utteranceEndedMs = 0;
  let finalCount = 0;
  let isSpeaking = false;
  let said: Message[] = [];

  const numberOf = (speaker: string): number => {
    const number = numbers(speaker);
    const isFlipped = quirks.speakerFlips && finalCount % 2 === 1 && number < 2;
    return isFlipped ? 1 - number : number;
  };

  function sayResult(endMs: number, words: readonly WordJson[], flags: object): void {
    lastSaidMs = heardMs;
    said.push({
      type: 'Results',
      channel_index: channel,
      start: seconds(finalMs + format.clockSkewMs),
      duration: seconds(endMs - finalMs),
      is_final: false,
      speech_final: false,
      from_finalize: false,
      ...flags,
      channel: {
        alternatives: [
          {
            transcript: transcriptOf(words),
            confidence: confidenceOf(words),
            ...(settings.multi && { languages: languagesOf(words) }),
            words,
          },
        ],
      },
      metadata: {
        request_id: requestId,
        model_info: {
          name: `general-${settings.model}`,
          version: '2025-07-31.0',
          arch: settings.model.slice(0, 6),
        },
        model_uuid: '00000000-0000-4000-8000-000000000003',
      },
    });
  }

  function sayFinal(endMs: number, flags: object): void {
    const words = unfinal.filter(({ middleMs }) => middleMs < endMs);
    unfinal = unfinal.filter(({ middleMs }) => middleMs >= endMs);
    const json = words.map((word) => wordJson(word, format, numberOf));
    sayResult(endMs, json, { is_final: true, ...flags });
    finalMs = endMs;
    finalCount += 1;
    const hasRestarted = format.clockSkewMs !== clockSkewMs;
    if (finalMs >= restartsClockAfterMs && !hasRestarted) {
      format = { ...format, clockSkewMs: clockSkewMs - finalMs };
    }
  }

  /** A word that is still being said is not understood yet. */
  function sayInterim(): void {
    const words = unfinal.map((word) => {
      const json = wordJson(word, format, numberOf);
      return word.endMs > heardMs ? cutShort(json) : json;
    });
    sayResult(heardMs, words, {});
  }

  function notice(words: readonly HeardScriptWord[]): void {
    if (words.length === 0) return;
    unfinal = [...unfinal, ...words];
    lastWordEndMs = Math.max(lastWordEndMs, ...words.map(({ endMs }) => endMs));
    if (settings.vadEvents && (!isSpeaking || quirks.repeatsSpeechStarted)) {
      const timestamp = seconds((words[0]?.startMs ?? heardMs) + format.clockSkewMs);
      said.push({ type: 'SpeechStarted', channel, timestamp });
    }
    isSpeaking = true;
  }

  function judge(): void {
    const pauseMs = heardMs - lastWordEndMs;
    if (
      unfinal.length > 0 &&
      settings.endpointingMs !== null &&
      pauseMs >= settings.endpointingMs
    ) {
      isSpeaking = false;
      sayFinal(heardMs, { speech_final: !quirks.neverSpeechFinal });
    } else if (heardMs - finalMs >= longestUnfinalMs) {
      if (unfinal.length === 0) sayFinal(heardMs, { speech_final: !quirks.neverSpeechFinal });
      else sayWholeWords();
    } else if (settings.interimResults && heardMs - lastSaidMs >= interimEveryMs) {
      sayInterim();
    }
    const { utteranceEndMs } = settings;
    const isNew = lastWordEndMs > utteranceEndedMs;
    if (utteranceEndMs !== null && isNew && pauseMs >= utteranceEndMs) {
      utteranceEndedMs = lastWordEndMs;
      const last_word_end = seconds(lastWordEndMs + format.clockSkewMs);
      said.push({ type: 'UtteranceEnd', channel, last_word_end });
    }
  }

  /** Less than the interim before it, when somebody is in the middle of a word. */
  function sayWholeWords(): void {
    const ends = unfinal.map(({ endMs }) => endMs).filter((endMs) => endMs <= heardMs);
    const endMs = Math.max(...ends);
    if (endMs > finalMs) sayFinal(endMs, {});
  }

  function taken(): readonly Message[] {
    const messages = said;
    said = [];
    return messages;
  }

  return {
    get heardMs() {
      return heardMs;
    },
    hear(pcm) {
      sha256.update(pcm);
      for (let at = 0; at < pcm.length;) {
        const end = pcm.length - at < 2 * stepBytes ? pcm.length : at + stepBytes;
        const words = reader.read(pcm.subarray(at, end));
        heardMs = reader.receivedMs;
        notice(words);
        judge();
        at = end;
      }
      return taken();
    },
    finalize() {
      if (heardMs > finalMs && !quirks.finalizeUnanswered)
        sayFinal(heardMs, { from_finalize: true });
      return taken();
    },
    end() {
      if (heardMs > finalMs) sayFinal(heardMs, { speech_final: !quirks.neverSpeechFinal });
      said.push({
        type: 'Metadata',
        transaction_key: 'deprecated',
        request_id: requestId,
        sha256: sha256.copy().digest('hex'),
        created: new Date().toISOString(),
        duration: seconds(heardMs),
        channels: 1,
      });
      return taken();
    },
  };
}

function cutShort(word: WordJson): WordJson {
  const half = (text: string): string => text.slice(0, Math.ceil(text.length / 2));
  return {
    ...word,
    word: half(word.word),
    ...(word.punctuated_word !== undefined && { punctuated_word: half(word.punctuated_word) }),
  };
}
