import type { UserId } from '@friend-lite/contract';
import { z } from 'zod';
import { durationMs, speechFormat, wavHeader } from '../../audio/index.ts';
import {
  failureOfStatus,
  httpService,
  parseJson,
  probeService,
  ProviderError,
  type Clock,
} from '../../base/index.ts';
import type { HeardVoice, SoundOfVoices, VoiceIdentifier } from '../../transcription/index.ts';

const provider = 'speaker-service';

export interface SpeakerServiceOptions {
  readonly baseUrl: string;
  /** How alike two voices must be, 0..1. */
  readonly similarityThreshold: number;
  /** The number under which the service keeps the voices that a user has enrolled; null: the user has none there. */
  readonly galleryOf: (userId: UserId) => Promise<number | null>;
  readonly clock: Clock;
}

const named = {
  product: 'The speaker service',
  path: '/health',
  urlVariable: 'SPEAKER_SERVICE_URL',
  keyVariable: null,
} as const;
const answerLimitMs = 120_000;
const maxAudioMs = 600_000;
/** Shorter stretches of a voice are not looked at, s. */
const minDurationS = 0.5;

const segmentSchema = z.object({
  start: z.number(),
  end: z.number(),
  speaker: z.union([z.string(), z.number()]).nullish(),
  identified_as: z.string().nullish(),
});
const answerSchema = z.object({ segments: z.array(segmentSchema) });

/**
 * The speaker service that existing installations run (`POST /v1/diarize-identify-match`).
 *
 * A `TypeError` says what is wrong with the address. Nothing that was said gets into an error.
 */
export function speakerService(options: SpeakerServiceOptions): VoiceIdentifier {
  const { baseUrl, similarityThreshold, galleryOf, clock } = options;
  const service = httpService({ provider, baseUrl, apiKey: null, clock });

  function formOf({ pcm, utterances }: SoundOfVoices, gallery: number): FormData {
    const body = new FormData();
    const file = new Blob([wavHeader(speechFormat, pcm.length), Uint8Array.from(pcm)], {
      type: 'audio/wav',
    });
    body.set('file', file, 'speech.wav');
    body.set('transcript_data', JSON.stringify(transcriptOf(utterances)));
    body.set('user_id', String(gallery));
    body.set('similarity_threshold', String(similarityThreshold));
    body.set('min_duration', String(minDurationS));
    return body;
  }

  return {
    name: provider,
    maxAudioMs,

    probe: (signal) => probeService(service, named, provider, signal),

    async identify(sound, signal) {
      const gallery = await galleryOf(sound.userId);
      if (gallery === null) return [];
      const { status, body } = await service.request({
        method: 'POST',
        path: '/v1/diarize-identify-match',
        body: formOf(sound, gallery),
        signal,
        limitMs: answerLimitMs,
      });
      if (status !== 200) {
        throw new ProviderError(provider, failureOfStatus(status), `answers ${status}`);
      }
      return readVoices(body, durationMs(speechFormat, sound.pcm.length));
    },
  };
}

/** An utterance whose words have no times goes as one long word. */
function transcriptOf(utterances: SoundOfVoices['utterances']) {
  const words = utterances.flatMap((utterance) =>
    (utterance.words.length > 0 ? utterance.words : [utterance]).map((word) => ({
      word: word.text,
      start: word.startMs / 1000,
      end: word.endMs / 1000,
    })),
  );
  return { words, text: utterances.map(({ text }) => text).join(' ') };
}

function readVoices(body: string, audioMs: number): readonly HeardVoice[] {
  const parsed = answerSchema.safeParse(parseJson(body));
  if (!parsed.success) {
    throw new ProviderError(provider, 'transient', 'the answer is of another shape, or cut short');
  }
  return parsed.data.segments.flatMap(({ start, end, speaker, identified_as: name }) => {
    const startMs = Math.max(0, start * 1000);
    const endMs = Math.min(audioMs, end * 1000);
    const known = name === '' ? null : (name ?? null);
    const label = known ?? (speaker === null || speaker === undefined ? null : String(speaker));
    return startMs < endMs && label !== null ? [{ startMs, endMs, label, name: known }] : [];
  });
}
