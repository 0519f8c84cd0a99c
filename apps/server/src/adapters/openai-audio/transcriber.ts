import { byteOffset, durationMs, speechFormat, wavHeader } from '../../audio/index.ts';
import {
  createHoldOff,
  httpService,
  probeService,
  silentLog,
  type Clock,
  type Log,
} from '../../base/index.ts';
import type { Hearing, SoundToHear, Transcriber } from '../../transcription/index.ts';
import { answerForms, nextForm, requestFields, tellsSpeakers } from './answer-form.ts';
import { readAnswer } from './answer.ts';
import { named } from './named-service.ts';
import { isAboutParameters, provider, refused } from './refusal.ts';

export interface OpenAiOptions {
  /** `https://api.openai.com/v1`, or where another server has the same routes; without a path, `/v1` is meant. */
  readonly baseUrl: string;
  /** Null for a server that wants none. */
  readonly apiKey: string | null;
  readonly model: string;
  readonly clock: Clock;
  readonly log?: Log;
}

/** OpenAI takes 25 MB in one request, which is 13 min of sound; where speakers are told apart, long ones are better. */
const maxAudioMs = { withSpeakers: 600_000, without: 300_000 } as const;
/** Beside the time to hear the sound. */
const answerMs = 60_000;
/** How much longer than the sound an answer may take. */
const perAudioMs = 2;
const maxHoldOffMs = 30_000;
/** OpenAI refuses sound that is shorter than this, ms. */
const minAudioMs = 100;

/**
 * A recogniser that has OpenAI's `/v1/audio/transcriptions`: OpenAI itself, speaches, faster-whisper-server and others.
 *
 * Asks for times of words, or for speakers where the model tells them. A server that refuses that is asked for less, and
 * for no more from then on: then `capabilities` tell less, too. A `TypeError` says what is wrong with the address or the
 * key. Neither the key nor anything that was said gets into an error or the log.
 */
export function openAiTranscriber(options: OpenAiOptions): Transcriber {
  const { apiKey, model, clock, log = silentLog } = options;
  const service = httpService({ provider, baseUrl: withPath(options.baseUrl), apiKey, clock });
  const holdOff = createHoldOff(clock, maxHoldOffMs);
  const forms = answerForms(model);
  let form = forms[0];
  let tellsTimes = true;

  async function hear(sound: SoundToHear, signal: AbortSignal): Promise<Hearing> {
    const pcm = atLeast(minAudioMs, sound.pcm);
    const audioMs = durationMs(speechFormat, pcm.length);
    const file = new Blob([wavHeader(speechFormat, pcm.length), pcm], { type: 'audio/wav' });
    for (;;) {
      const asked = form;
      await holdOff.wait(signal);
      const answer = await service.request({
        method: 'POST',
        path: '/audio/transcriptions',
        body: requestFields({ model, form: asked, file }, sound),
        signal,
        limitMs: answerMs + perAudioMs * audioMs,
      });
      if (answer.status === 200) {
        const read = readAnswer(answer.body, { model, audioMs });
        if (read.hearing.kind === 'words') tellsTimes = read.tellsTimes;
        return read.hearing;
      }
      const less = isAboutParameters(answer) ? nextForm(forms, asked, answer.body) : null;
      if (!less) {
        holdOff.heed(answer.headers);
        throw refused(answer);
      }
      log.info('recogniser asked for less', { provider, responseFormat: less.responseFormat });
      form = less;
    }
  }

  return {
    name: provider,
    capabilities: {
      get timestamps() {
        return tellsTimes ? form.timestamps : 'none';
      },
      get unit() {
        return this.timestamps === 'none' ? 'utterance' : 'stretch';
      },
      get diarization() {
        return form.responseFormat === 'diarized_json';
      },
      keyterms: !tellsSpeakers(model),
      languages: 'any',
      concurrency: 2,
      maxAudioMs: tellsSpeakers(model) ? maxAudioMs.withSpeakers : maxAudioMs.without,
    },
    probe: (signal) => probeService(service, named, model, signal),
    transcribe: hear,
    live: null,
  };
}

/** The sound, with silence after it when it is too short. */
function atLeast(minMs: number, pcm: Uint8Array): Uint8Array {
  const minBytes = byteOffset(speechFormat, minMs);
  if (pcm.length >= minBytes) return pcm;
  const padded = new Uint8Array(minBytes);
  padded.set(pcm);
  return padded;
}

function withPath(baseUrl: string): string {
  return URL.parse(baseUrl)?.pathname === '/' ? `${baseUrl.replace(/\/$/, '')}/v1` : baseUrl;
}
