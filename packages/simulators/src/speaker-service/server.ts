import {
  fieldOf,
  secondsOf,
  segmentsOf,
  speakerNumbers,
  startUploadService,
  textOf,
  type HeardSound,
  type Upload,
  type UploadServiceOptions,
  type UploadSimulator,
  type UploadVendor,
} from '../audio-upload/index.ts';
import { jsonReply, type Refusal, type Reply } from '../http-service/index.ts';

export interface SpeakerServiceOptions extends Omit<UploadServiceOptions, 'apiKey'> {
  /** For each user id of the service, how speakers of the script are called whose voices it knows. */
  readonly enrolled: Readonly<Record<string, Readonly<Record<string, string>>>>;
}

const maxFileBytes = 512 * 1024 * 1024;

/** Starts a scripted speaker service on loopback: who speaks when, and by what name. */
export function startSpeakerService({
  enrolled,
  ...options
}: SpeakerServiceOptions): Promise<UploadSimulator> {
  const vendor = {
    paths: { upload: '/v1/diarize-identify-match', models: '/health' },
    modelsReply: () => jsonReply({ status: 'ok', device: 'cpu', speakers: countOf(enrolled) }),
    maxFileBytes,
    wrongKey: { status: 401, message: 'Unauthorized' },
    refusalReply: ({ status, message }) => jsonReply({ detail: message }, status),
    mistakeIn,
    answer: (sound, upload) => voicesReply(sound, enrolled[fieldOf(upload, 'user_id') ?? ''] ?? {}),
  } satisfies UploadVendor;
  return startUploadService(vendor, { ...options, apiKey: null });
}

function countOf(enrolled: SpeakerServiceOptions['enrolled']): number {
  return Object.values(enrolled).reduce((sum, voices) => sum + Object.keys(voices).length, 0);
}

function mistakeIn(upload: Upload): Refusal | null {
  if (!/^\d+$/.test(fieldOf(upload, 'user_id') ?? '')) return invalid('user_id');
  const threshold = Number(fieldOf(upload, 'similarity_threshold'));
  if (!(threshold >= 0 && threshold <= 1)) return invalid('similarity_threshold');
  if (!(Number(fieldOf(upload, 'min_duration')) >= 0)) return invalid('min_duration');
  return isTranscript(fieldOf(upload, 'transcript_data')) ? null : invalid('transcript_data');
}

function invalid(name: string): Refusal {
  return { status: 422, message: `invalid ${name}` };
}

/** `{words: [{word, start, end}], text}` */
function isTranscript(json: string | undefined): boolean {
  try {
    const data = JSON.parse(json ?? '') as { words: unknown; text: unknown };
    const words = data.words as readonly { word: unknown; start: unknown; end: unknown }[];
    return (
      typeof data.text === 'string' &&
      words.every(
        ({ word, start, end }) =>
          typeof word === 'string' && typeof start === 'number' && typeof end === 'number',
      )
    );
  } catch {
    return false;
  }
}

function voicesReply({ words }: HeardSound, names: Readonly<Record<string, string>>): Reply {
  const numbers = speakerNumbers(words);
  const segments = segmentsOf(words, { bySpeaker: true }).map((said) => {
    const speaker = said[0]?.speaker ?? '';
    const name = names[speaker] ?? null;
    return {
      text: textOf(said),
      ...secondsOf(said),
      speaker: `SPEAKER_${String(numbers.get(speaker) ?? 0).padStart(2, '0')}`,
      identified_as: name,
      speaker_id: name && `user_1_${name}`,
      confidence: name === null ? 0.08 : 0.71,
      status: name === null ? 'unknown' : 'identified',
    };
  });
  const summary = { total_segments: segments.length, speakers: [...numbers.keys()].length };
  return jsonReply({ segments, summary });
}
