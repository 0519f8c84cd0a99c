import { createRequire } from 'node:module';

/** What is used of `sherpa-onnx-node`, which brings no types. Source: its `types.js`. */
export interface Sherpa {
  readonly OfflineRecognizer: {
    /** Loads a model in a thread of its own. */
    createAsync(config: object): Promise<OfflineRecognizer>;
  };
}

export interface OfflineRecognizer {
  createStream(): OfflineStream;
  /** Runs the model in a thread of its own. */
  decodeAsync(stream: OfflineStream): Promise<{ readonly text: string }>;
}

interface OfflineStream {
  acceptWaveform(wave: { readonly samples: Float32Array; readonly sampleRate: number }): void;
}

let sherpa: Sherpa | null | undefined;

/** The optional package; null where it is not installed, or brings nothing for this kind of machine. */
export function loadSherpa(): Sherpa | null {
  if (sherpa === undefined) {
    try {
      sherpa = createRequire(import.meta.url)('sherpa-onnx-node') as Sherpa;
    } catch {
      sherpa = null;
    }
  }
  return sherpa;
}
