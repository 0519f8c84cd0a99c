import {
  fieldOf,
  seconds,
  secondsOf,
  segmentsOf,
  speakerNumbers,
  textOf,
  type AudioUploadFault,
  type HeardSound,
  type HeardWord,
  type Upload,
} from '../audio-upload/index.ts';
import { jsonReply, textReply, type Refusal, type Reply } from '../http-service/index.ts';
import type { OpenAiRules } from './rules.ts';

type Flavour = OpenAiRules['flavour'];

/** The codes and types that OpenAI has for a status. */
const errorCodes: Readonly<Record<number, readonly [type: string, code: string | null]>> = {
  401: ['invalid_request_error', 'invalid_api_key'],
  404: ['invalid_request_error', 'model_not_found'],
  429: ['requests', 'rate_limit_exceeded'],
  500: ['server_error', null],
};

/** A refusal as the flavour writes it. */
export function refusalReply({ status, message, code, param }: Refusal, flavour: Flavour): Reply {
  if (flavour === 'speaches') {
    const detail =
      param === undefined ? message : [{ type: 'value_error', loc: ['body', param], msg: message }];
    return jsonReply({ detail }, status === 400 && param !== 'file' ? 422 : status);
  }
  const [type, usualCode] = errorCodes[status] ?? ['invalid_request_error', null];
  const isQuota = code === 'insufficient_quota';
  const error = {
    message,
    type: isQuota ? code : type,
    param: param ?? null,
    code: code ?? usualCode,
  };
  return jsonReply({ error }, status);
}

/** What was heard, in the form that was asked for. */
export function transcriptReply(
  sound: HeardSound,
  upload: Upload,
  fault: AudioUploadFault,
  flavour: Flavour,
): Reply {
  const text = textOf(sound.words);
  const segments = segmentsOf(sound.words, { bySpeaker: false });
  switch (fieldOf(upload, 'response_format')) {
    case 'text':
      return textReply(`${text}\n`);
    case 'srt':
      return textReply(segments.map((words, index) => srtCue(words, index + 1)).join('\n'));
    case 'vtt':
      return textReply(`WEBVTT\n\n${segments.map(vttCue).join('\n')}`);
    case 'verbose_json':
      return jsonReply(verboseJson(sound, upload, fault, flavour));
    case 'diarized_json':
      return jsonReply(diarizedJson(sound, fault));
    default:
      return jsonReply({ text });
  }
}

function verboseJson(
  { words, durationMs }: HeardSound,
  upload: Upload,
  { omits = [], wordsInSegments }: AudioUploadFault,
  flavour: Flavour,
): object {
  const granularities = upload.fields['timestamp_granularities[]'] ?? ['segment'];
  const wordJson = (word: HeardWord) => ({
    ...secondsOf([word]),
    ...(flavour === 'openai'
      ? { word: word.bare }
      : { word: ` ${word.text}`, probability: word.confidence }),
  });
  const hasWords = granularities.includes('word') && !omits.includes('words');
  const hasSegments = !omits.includes('segments') && granularities.includes('segment');
  const segments = segmentsOf(words, { bySpeaker: false }).map((said, id) => ({
    id,
    seek: 0,
    ...secondsOf(said),
    text: ` ${textOf(said)}`,
    tokens: [50364],
    temperature: 0,
    avg_logprob: Math.log(said[0]?.confidence ?? 1),
    compression_ratio: 1.2,
    no_speech_prob: 0.01,
    ...(hasWords && wordsInSegments && { words: said.map(wordJson) }),
  }));
  return {
    task: 'transcribe',
    language: flavour === 'openai' ? 'english' : 'en',
    duration: seconds(durationMs),
    text: textOf(words),
    ...(hasSegments && { segments }),
    ...(hasWords && !wordsInSegments && { words: words.map(wordJson) }),
  };
}

function diarizedJson({ words, durationMs }: HeardSound, { omits = [] }: AudioUploadFault): object {
  const numbers = speakerNumbers(words);
  const segments = segmentsOf(words, { bySpeaker: true }).map((said, index) => ({
    type: 'transcript.text.segment',
    id: `seg_${String(index + 1).padStart(3, '0')}`,
    ...secondsOf(said),
    text: textOf(said),
    ...(!omits.includes('speakers') && { speaker: letterOf(numbers, said) }),
  }));
  return {
    task: 'transcribe',
    duration: seconds(durationMs),
    text: textOf(words),
    ...(!omits.includes('segments') && { segments }),
    usage: { type: 'duration', seconds: Math.ceil(durationMs / 1000) },
  };
}

function letterOf(numbers: ReadonlyMap<string, number>, said: readonly HeardWord[]): string {
  return String.fromCharCode(65 + (numbers.get(said[0]?.speaker ?? '') ?? 0));
}

function srtCue(words: readonly HeardWord[], number: number): string {
  return `${number}\n${vttCue(words).replaceAll(/(\d)\.(\d{3})/g, '$1,$2')}`;
}

function vttCue(words: readonly HeardWord[]): string {
  const { start, end } = secondsOf(words);
  return `${clockTime(start)} --> ${clockTime(end)}\n${textOf(words)}\n`;
}

function clockTime(ofSeconds: number): string {
  return new Date(Math.max(0, ofSeconds) * 1000).toISOString().slice(11, 23);
}
