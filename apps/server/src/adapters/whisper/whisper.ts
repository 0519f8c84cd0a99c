import { availableParallelism } from 'node:os';
import { durationMs, speechFormat } from '../../audio/index.ts';
import { ProviderError, type Clock, type Log } from '../../base/index.ts';
import type { ModelStore } from '../../models/index.ts';
import type { Availability, Transcriber } from '../../transcription/index.ts';
import { loadSherpa, type OfflineRecognizer, type Sherpa } from './sherpa.ts';

const name = 'whisper';
/** Whisper hears 30 s at once, and pads what is shorter. */
const maxAudioMs = 29_000;
/** A model that could not be fetched is tried again after this long. */
const refetchAfterMs = 10 * 60_000;
/** Languages of the models that understand several: those it does well are many more than anybody lists. */
const englishOnly = ['en'];

/**
 * Whisper in this process, by sherpa-onnx, in threads of its own. Its model is fetched when it is first asked for; until
 * it is there, it is not available.
 *
 * @param modelName of the catalogue, e.g. `whisper-base.en`.
 */
export function whisper(options: {
  readonly modelName: string;
  readonly models: Pick<ModelStore, 'status' | 'paths' | 'fetch'>;
  readonly clock: Clock;
  readonly log: Log;
}): Transcriber {
  const { modelName, models, clock, log } = options;
  let fetchAgainAt = -Infinity;
  const isEnglishOnly = modelName.endsWith('.en');
  let recognizer: {
    readonly language: string;
    readonly loaded: Promise<OfflineRecognizer>;
  } | null = null;

  /** The one for the language: another one takes its place. */
  async function recognizerFor(sherpa: Sherpa, language: string): Promise<OfflineRecognizer> {
    if (recognizer?.language !== language) {
      const paths = await models.paths(modelName);
      if (!paths) throw new ProviderError(name, 'transient', 'its model is gone');
      const loaded = load(sherpa, paths, language);
      recognizer = { language, loaded };
      loaded.catch(() => (recognizer = null));
    }
    return recognizer.loaded;
  }

  return {
    name,
    capabilities: {
      timestamps: 'none',
      unit: 'utterance',
      diarization: false,
      keyterms: false,
      languages: isEnglishOnly ? englishOnly : 'any',
      // It uses several threads for one request.
      concurrency: 1,
      maxAudioMs,
    },
    live: null,

    async probe(): Promise<Availability> {
      if (!loadSherpa()) {
        return {
          available: false,
          reason:
            'Whisper needs the package sherpa-onnx-node, which is not there for this machine.',
        };
      }
      const status = await models.status(modelName);
      if (!status) return { available: false, reason: `There is no model ${modelName}.` };
      if (status.state === 'present') return { available: true, model: modelName };
      if (status.state === 'absent') fetchInBackground();
      return { available: false, reason: whyAbsent(status) };
    },

    async transcribe({ pcm, language }, signal) {
      signal.throwIfAborted();
      const sherpa = loadSherpa();
      if (!sherpa)
        throw new ProviderError(name, 'bad-request', 'sherpa-onnx-node is not installed');
      const wanted = isEnglishOnly || language === null || language === 'multi' ? '' : language;
      try {
        const loaded = await recognizerFor(sherpa, wanted);
        const stream = loaded.createStream();
        stream.acceptWaveform({
          samples: floatsOf(pcm),
          sampleRate: speechFormat.sampleRateHz,
        });
        const text = (await loaded.decodeAsync(stream)).text.trim();
        signal.throwIfAborted();
        if (text === '') return { kind: 'silence', model: modelName };
        const endMs = durationMs(speechFormat, pcm.length);
        const whole = { startMs: 0, endMs, speaker: null, confidence: null, words: [] };
        return { kind: 'words', model: modelName, utterances: [{ ...whole, text }] };
      } catch (error) {
        signal.throwIfAborted();
        if (error instanceof ProviderError) throw error;
        throw new ProviderError(name, 'transient', 'the model could not be run', { cause: error });
      }
    },
  };

  function fetchInBackground(): void {
    if (clock.monotonic() < fetchAgainAt) return;
    fetchAgainAt = clock.monotonic() + refetchAfterMs;
    models.fetch(modelName, new AbortController().signal).catch((error: unknown) => {
      log.debug('whisper goes without its model', { reason: String(error) });
    });
  }
}

function load(
  sherpa: Sherpa,
  paths: Readonly<Record<string, string>>,
  language: string,
): Promise<OfflineRecognizer> {
  return sherpa.OfflineRecognizer.createAsync({
    featConfig: { sampleRate: speechFormat.sampleRateHz, featureDim: 80 },
    modelConfig: {
      whisper: {
        encoder: paths.encoder,
        decoder: paths.decoder,
        language,
        task: 'transcribe',
        tailPaddings: -1,
      },
      tokens: paths.tokens,
      // Half of the machine stays free for everything else.
      numThreads: Math.max(1, Math.floor(availableParallelism() / 2)),
      provider: 'cpu',
      debug: 0,
    },
  });
}

function whyAbsent(status: NonNullable<Awaited<ReturnType<ModelStore['status']>>>): string {
  const { byteCount, totalBytes, problem } = status;
  if (problem !== null) return `Its model ${status.model.name} could not be fetched: ${problem}.`;
  const share = totalBytes ? `, ${Math.floor((100 * byteCount) / totalBytes)} % is there` : '';
  return `Its model ${status.model.name} is being fetched${share}.`;
}

/** Samples in [-1, 1). */
function floatsOf(pcm: Uint8Array): Float32Array {
  const view = new DataView(pcm.buffer, pcm.byteOffset, pcm.byteLength);
  return Float32Array.from(
    { length: pcm.length >> 1 },
    (_, index) => view.getInt16(index * 2, true) / 32_768,
  );
}
