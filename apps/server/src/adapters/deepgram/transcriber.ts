import { httpService, probeService, silentLog, type Clock, type Log } from '../../base/index.ts';
import type { Transcriber } from '../../transcription/index.ts';
import { provider } from './failures.ts';
import { deepgramLive } from './live.ts';
import { takesKeyterms, type ModelOptions } from './parameters.ts';
import { named } from './named-service.ts';
import { hearRecorded } from './recorded.ts';

export interface DeepgramOptions extends ModelOptions {
  readonly apiKey: string;
  /** `https://api.deepgram.com`, or where a proxy or a self-hosted one is; a path in it is kept. */
  readonly baseUrl: string;
  readonly clock: Clock;
  readonly log?: Log;
}

/**
 * Deepgram's speech to text: recorded sound over HTTP, live sound over a WebSocket.
 *
 * A `TypeError` says what is wrong with the address or the key. Neither the key nor anything that was said gets into
 * an error or the log.
 */
export function deepgramTranscriber({
  apiKey,
  baseUrl,
  log = silentLog,
  ...rest
}: DeepgramOptions): Transcriber {
  const service = httpService({ provider, baseUrl, apiKey, scheme: 'Token', clock: rest.clock });
  const options = { ...rest, service, log };
  return {
    name: provider,
    capabilities: {
      timestamps: 'word',
      unit: 'stretch',
      diarization: true,
      keyterms: takesKeyterms(options.model),
      languages: 'any',
      concurrency: 4,
      // Speakers are told apart within one request, so long ones are better; this one is 19 MB.
      maxAudioMs: 600_000,
    },
    probe: (signal) => probeService(service, named, options.model, signal),
    transcribe: (sound, signal) => hearRecorded(options, sound, signal),
    live: deepgramLive(options),
  };
}
