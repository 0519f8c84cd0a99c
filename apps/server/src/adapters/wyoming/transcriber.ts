import { z } from 'zod';
import { durationMs, frameBytes, speechFormat } from '../../audio/index.ts';
import { ProviderError, type Clock } from '../../base/index.ts';
import type { Availability, Transcriber } from '../../transcription/index.ts';
import { parseWyomingUri } from './address.ts';
import { converse, type WyomingConnection } from './connection.ts';
import type { WyomingEvent } from './event.ts';

const name = 'wyoming';
const probeLimitMs = 5_000;

/**
 * How long an answer may take beyond twice the sound's length. The reference clients give up after a
 * sixth of it (3 s to 60 s), which fails recognisers on small machines; a server that dies is noticed at
 * once by its closed connection, so patience costs only when one hangs. The first answer may have to wait
 * for the server to load its model.
 */
const patienceMs = { firstAnswer: 120_000, later: 60_000 };

/** A server that cuts the sound by itself is done when it has been quiet for this long after a transcript. */
const quietMs = 2_000;

/** 32 ms: the frame that servers with a voice detector of their own take (Silero hears 512 samples). */
const chunkBytes = 512 * frameBytes(speechFormat);

const pcmFacts = {
  rate: speechFormat.sampleRateHz,
  width: 2,
  channels: speechFormat.channels,
} as const;

/**
 * A speech recogniser behind the Wyoming protocol over TCP (faster-whisper, Parakeet, Moonshine, …).
 *
 * One connection per utterance, since some servers close after each transcript. `uri` is
 * `tcp://host:port`; a `TypeError` says what is wrong with another one. The model's name is the one the
 * last successful `probe` was told, `unknown` before it.
 */
export function wyomingTranscriber(options: {
  readonly uri: string;
  readonly clock: Clock;
}): Transcriber {
  const { clock } = options;
  const address = parseWyomingUri(options.uri);
  let model = 'unknown';
  let hasAnswered = false;

  const ask = async (pcm: Uint8Array, signal: AbortSignal): Promise<string> => {
    const audioMs = durationMs(speechFormat, pcm.length);
    const limitMs = 2 * audioMs + (hasAnswered ? patienceMs.later : patienceMs.firstAnswer);
    try {
      const text = await converse(address, { clock, signal, limitMs }, (connection) =>
        transcript(connection, pcm, clock),
      );
      hasAnswered = true;
      return text;
    } catch (error) {
      signal.throwIfAborted();
      if (error instanceof ProviderError) throw error;
      const isTimeout = error instanceof DOMException && error.name === 'TimeoutError';
      const failure = isTimeout ? 'timeout' : 'transient';
      throw new ProviderError(name, failure, failureOf(error), { cause: error });
    }
  };

  return {
    name,
    capabilities: {
      timestamps: 'none',
      unit: 'utterance',
      diarization: false,
      keyterms: false,
      languages: 'any',
      concurrency: 2,
      maxAudioMs: 30_000,
    },

    async probe(signal): Promise<Availability> {
      try {
        const info = await converse(address, { clock, signal, limitMs: probeLimitMs }, describe);
        model = modelOf(info) ?? 'unknown';
        return { available: true, model };
      } catch (error) {
        return {
          available: false,
          reason:
            `No speech recogniser answers at ${options.uri} (${failureOf(error)}). ` +
            `Start a Wyoming ASR server there, or point OFFLINE_ASR_TCP_URI at one.`,
        };
      }
    },

    async transcribe({ pcm }, signal) {
      const text = await ask(pcm, signal);
      if (text === '') return { kind: 'silence', model };
      const endMs = durationMs(speechFormat, pcm.length);
      const utterance = { startMs: 0, endMs, text, speaker: null, confidence: null, words: [] };
      return { kind: 'words', model, utterances: [utterance] };
    },

    live: null,
  };
}

/** Says the utterance and listens, both at once: a server may talk before it has heard everything. */
async function transcript(
  connection: WyomingConnection,
  pcm: Uint8Array,
  clock: Clock,
): Promise<string> {
  let isAllSaid = false;
  const say = async (): Promise<void> => {
    await connection.send('transcribe');
    await connection.send('audio-start', { ...pcmFacts, timestamp: 0 });
    for (let at = 0; at < pcm.length; at += chunkBytes) {
      const timestamp = Math.round(durationMs(speechFormat, at));
      const chunk = pcm.subarray(at, at + chunkBytes);
      await connection.send('audio-chunk', { ...pcmFacts, timestamp }, chunk);
    }
    isAllSaid = true;
    await connection.send('audio-stop', {
      timestamp: Math.round(durationMs(speechFormat, pcm.length)),
    });
  };
  const [text] = await Promise.all([hear(connection, clock, () => isAllSaid), say()]);
  return text;
}

/**
 * The text of the authoritative `transcript` event; partials and everything else are passed over.
 *
 * Most servers send one, after `audio-stop`. Those with a voice detector of their own (they tell of
 * voices, or answer while still being spoken to) send one per stretch of speech they find, and do not say
 * which is the last: theirs are joined, until they close or fall quiet.
 */
async function hear(
  connection: WyomingConnection,
  clock: Clock,
  isAllSaid: () => boolean,
): Promise<string> {
  const texts: string[] = [];
  let cutsByItself = false;
  let cancelQuiet = (): void => undefined;
  const awaitQuiet = (): void => {
    cancelQuiet();
    cancelQuiet = clock.after(quietMs, () => (isAllSaid() ? connection.close() : awaitQuiet()));
  };
  try {
    for await (const event of connection.events) {
      switch (event.type) {
        case 'error':
          throw new ProviderError(name, 'transient', `the server reports an error${codeOf(event)}`);
        case 'voice-started':
        case 'voice-stopped':
          cutsByItself = true;
          break;
        case 'transcript':
          if (event.data.final === false) break;
          texts.push(textOf(event));
          if (!isAllSaid()) cutsByItself = true;
          else if (!cutsByItself) return joined(texts);
          break;
      }
      if (texts.length > 0) awaitQuiet();
    }
  } finally {
    cancelQuiet();
  }
  if (texts.length > 0 && isAllSaid()) return joined(texts);
  throw new Error('connection closed before the transcript');
}

function joined(texts: readonly string[]): string {
  return texts.filter((text) => text !== '').join(' ');
}

function textOf(event: WyomingEvent): string {
  const text = event.data.text;
  return typeof text === 'string' ? text.trim() : '';
}

/** The error's code when it is a plain one. Its text may hold anything, so it goes nowhere. */
function codeOf(event: WyomingEvent): string {
  const code = event.data.code;
  return typeof code === 'string' && /^[\w.-]{1,40}$/.test(code) ? ` (${code})` : '';
}

const named = z.object({ name: z.string().nullish() });
const infoSchema = z.object({
  asr: z.array(named.extend({ models: z.array(named.nullish()).nullish() })).nonempty(),
});
type Info = z.infer<typeof infoSchema>;

async function describe(connection: WyomingConnection): Promise<Info> {
  await connection.send('describe');
  for await (const event of connection.events) {
    if (event.type !== 'info') continue;
    const info = infoSchema.safeParse(event.data);
    if (!info.success) throw new Error('the server offers no speech recognition');
    return info.data;
  }
  throw new Error('connection closed before the answer');
}

function modelOf(info: Info): string | null {
  const program = info.asr[0];
  const ofModel = program?.models?.find((model) => model?.name);
  return ofModel?.name ?? program?.name ?? null;
}

/** For operators: the system's code of a failed connection, else the sentence. */
function failureOf(error: unknown): string {
  if (!(error instanceof Error)) return 'failed';
  return 'code' in error && typeof error.code === 'string' ? error.code : error.message;
}
