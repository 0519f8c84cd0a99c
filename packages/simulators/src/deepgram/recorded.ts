import { createHash, randomUUID } from 'node:crypto';
import { readScript, type ScriptedWord } from '../script/index.ts';
import {
  confidenceOf,
  seconds,
  speakerNumbers,
  transcriptOf,
  wordJson,
  type WordFormat,
  type WordJson,
} from './words.ts';

/** What a request about recorded sound asked for. */
export interface RecordedSettings extends Omit<WordFormat, 'clockSkewMs'> {
  readonly model: string;
  readonly utterances: boolean;
  readonly paragraphs: boolean;
  /** The pause between two utterances. */
  readonly utteranceSplitMs: number;
}

const bytesPerMs = 32;

/** The answer to recorded sound: WAV or raw, 16 kHz mono s16le. Null when it is neither. */
export function recordedAnswer(
  sound: Uint8Array,
  {
    script,
    positionOf,
    settings,
    requestId,
    clockSkewMs,
  }: {
    readonly script: readonly ScriptedWord[];
    readonly positionOf: (pcm: Uint8Array) => number | null;
    readonly settings: RecordedSettings;
    readonly requestId: string;
    readonly clockSkewMs: number;
  },
): object | null {
  const pcm = samplesOf(sound);
  if (!pcm) return null;
  const numberOf = speakerNumbers();
  const words = readScript(script, positionOf)
    .read(pcm)
    .map((word) => ({
      ...wordJson(word, { ...settings, clockSkewMs }, numberOf),
      ...(settings.diarize && { speaker_confidence: 0.8 }),
    }));
  const uuid = '00000000-0000-4000-8000-000000000003';
  return {
    metadata: {
      transaction_key: 'deprecated',
      request_id: requestId,
      sha256: createHash('sha256').update(sound).digest('hex'),
      created: new Date().toISOString(),
      duration: seconds(pcm.length / bytesPerMs),
      channels: 1,
      models: [uuid],
      model_info: {
        [uuid]: {
          name: `general-${settings.model}`,
          version: '2025-07-31.0',
          arch: settings.model.slice(0, 6),
        },
      },
    },
    results: {
      channels: [
        {
          alternatives: [
            {
              transcript: transcriptOf(words),
              confidence: confidenceOf(words),
              words,
              ...(settings.paragraphs && words.length > 0 && { paragraphs: paragraphsOf(words) }),
            },
          ],
        },
      ],
      ...(settings.utterances && {
        utterances: goesOf(words, settings.utteranceSplitMs).map(utteranceJson),
      }),
    },
  };
}

/** The sound of a WAV file as our own writer and ffmpeg make it; what is no file is taken as it is. */
function samplesOf(sound: Uint8Array): Uint8Array | null {
  const view = Buffer.from(sound.buffer, sound.byteOffset, sound.byteLength);
  if (view.toString('latin1', 0, 4) !== 'RIFF') return sound.length % 2 === 0 ? sound : null;
  const data = view.indexOf('data', 12, 'latin1');
  const format = view.indexOf('fmt ', 12, 'latin1');
  if (data < 0 || format < 0) return null;
  const [channels, rateHz] = [view.readUInt16LE(format + 10), view.readUInt32LE(format + 12)];
  if (channels !== 1 || rateHz !== 16_000) return null;
  return sound.subarray(data + 8, data + 8 + view.readUInt32LE(data + 4));
}

/** The words by speaker, cut at pauses. */
function goesOf(words: readonly WordJson[], splitMs: number): WordJson[][] {
  const goes: WordJson[][] = [];
  for (const word of words) {
    const before = goes.at(-1)?.at(-1);
    const isSplit =
      !before || before.speaker !== word.speaker || word.start - before.end >= splitMs / 1000;
    if (isSplit) goes.push([word]);
    else goes.at(-1)?.push(word);
  }
  return goes;
}

function utteranceJson(words: readonly WordJson[]): object {
  return {
    ...spanOf(words),
    confidence: confidenceOf(words),
    channel: 0,
    transcript: transcriptOf(words),
    words,
    ...speakerOf(words),
    id: randomUUID(),
  };
}

function paragraphsOf(words: readonly WordJson[]): object {
  const goes = goesOf(words, 5000);
  return {
    transcript: goes
      .map(
        (go) =>
          `\n${go[0]?.speaker === undefined ? '' : `Speaker ${go[0].speaker}: `}${transcriptOf(go)}\n`,
      )
      .join(''),
    paragraphs: goes.map((go) => ({
      sentences: [{ text: transcriptOf(go), ...spanOf(go) }],
      ...speakerOf(go),
      num_words: go.length,
      ...spanOf(go),
    })),
  };
}

function spanOf(words: readonly WordJson[]): { start: number; end: number } {
  return { start: words[0]?.start ?? 0, end: Math.max(0, ...words.map(({ end }) => end)) };
}

function speakerOf(words: readonly WordJson[]): object {
  const speaker = words[0]?.speaker;
  return speaker === undefined ? {} : { speaker };
}
