import { durationMs, speechFormat, wavHeader } from '../../audio/index.ts';
import { createHoldOff, httpService, probeService, type Clock } from '../../base/index.ts';
import type { Transcriber } from '../../transcription/index.ts';
import { readAnswer } from './answer.ts';
import { named } from './named-service.ts';
import { provider, refused } from './refusal.ts';
import { requestFields } from './request-fields.ts';

export interface MistralOptions {
  readonly apiKey: string;
  /** `https://api.mistral.ai`, or where a proxy is; a path in it is kept. */
  readonly baseUrl: string;
  readonly model: string;
  readonly clock: Clock;
}

/** Beside the time to hear the sound. */
const answerMs = 60_000;
const maxHoldOffMs = 30_000;

/**
 * Mistral's Voxtral: batch, with speakers and the times of segments.
 *
 * A `TypeError` says what is wrong with the address or the key. Neither the key nor anything that was said gets into an
 * error.
 */
export function mistralTranscriber({ apiKey, baseUrl, model, clock }: MistralOptions): Transcriber {
  const service = httpService({ provider, baseUrl, apiKey, clock });
  const holdOff = createHoldOff(clock, maxHoldOffMs);
  return {
    name: provider,
    capabilities: {
      timestamps: 'segment',
      unit: 'stretch',
      diarization: true,
      keyterms: true,
      languages: 'any',
      concurrency: 2,
      // Speakers are told apart within one request; the smaller models' context ends at 30 min.
      maxAudioMs: 900_000,
    },
    probe: (signal) => probeService(service, named, model, signal),

    async transcribe({ pcm, keyterms }, signal) {
      const audioMs = durationMs(speechFormat, pcm.length);
      const file = new Blob([wavHeader(speechFormat, pcm.length), pcm], { type: 'audio/wav' });
      await holdOff.wait(signal);
      const answer = await service.request({
        method: 'POST',
        path: '/v1/audio/transcriptions',
        body: requestFields(model, file, keyterms),
        signal,
        limitMs: answerMs + audioMs,
      });
      if (answer.status === 200) return readAnswer(answer.body, { model, audioMs });
      holdOff.heed(answer.headers);
      throw refused(answer);
    },

    live: null,
  };
}
