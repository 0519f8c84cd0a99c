import { durationMs, speechFormat, wavHeader } from '../../audio/index.ts';
import type { HttpService, Log } from '../../base/index.ts';
import type { Hearing, SoundToHear } from '../../transcription/index.ts';
import { provider, refusalOf, refused } from './failures.ts';
import { recordedParameters, type ModelOptions } from './parameters.ts';
import { readAnswer } from './recorded-answer.ts';

/** Beside the time to send and hear the sound; the service itself gives up after ten minutes. */
const answerLimitMs = 120_000;
/** How much longer than the sound an answer may take. */
const perAudioMs = 3;

/**
 * Sends the sound as a WAV file and returns what was heard.
 * Throws `ProviderError`; the signal's reason when aborted.
 */
export async function hearRecorded(
  options: ModelOptions & {
    readonly service: HttpService;
    readonly log: Log;
  },
  sound: SoundToHear,
  signal: AbortSignal,
): Promise<Hearing> {
  const { service, log, model } = options;
  const { pcm } = sound;
  const audioMs = durationMs(speechFormat, pcm.length);
  const answer = await service.request({
    method: 'POST',
    path: `/v1/listen?${recordedParameters(options, sound).toString()}`,
    body: new Blob([wavHeader(speechFormat, pcm.length), pcm], { type: 'audio/wav' }),
    signal,
    limitMs: Math.max(answerLimitMs, perAudioMs * audioMs),
  });
  if (answer.status !== 200) {
    const refusal = refusalOf(answer.status, answer.headers, answer.body);
    log.warn('recogniser refused recorded sound', { provider, ...refusal });
    throw refused(refusal);
  }
  return readAnswer(answer.body, model);
}
