import { createRequire } from 'node:module';
import type { InferenceSession, Tensor } from 'onnxruntime-node';

/** The window of the model at 16 kHz: 32 ms. */
export const windowSamples = 512;
/** The end of the window before, put in front of each window. Given bare windows, version 6 hears no speech at all. */
const contextSamples = 64;
const inputSamples = contextSamples + windowSamples;
/** The recurrent state: two layers of 128 values for each stream. */
const layers = 2;
const layerValues = 128;
/** Larger batches are no cheaper per window. */
const maxBatch = 256;
const fullScale = 32_768;

/** What the model remembers of one stream from window to window. */
export interface SileroMemory {
  readonly state: Float32Array;
  readonly context: Float32Array;
}

/** The memory of a stream that was not heard yet. */
export function blankMemory(): SileroMemory {
  return {
    state: new Float32Array(layers * layerValues),
    context: new Float32Array(contextSamples),
  };
}

/** A window of one stream. `judge` moves its memory on. */
export interface SileroRow {
  readonly samples: Int16Array;
  readonly memory: SileroMemory;
}

/** Silero VAD version 6: one session for all streams. */
export interface Silero {
  /** The speech probability, 0..1, of each row. Rows are of different streams and judged independently. */
  judge(rows: readonly SileroRow[]): Promise<Float32Array>;
}

export type SileroLoad =
  | { readonly kind: 'loaded'; readonly silero: Silero }
  /** `reason` is for people. */
  | { readonly kind: 'absent'; readonly reason: string };

/**
 * Loads ONNX runtime and the model, and tries both once. `modelFile` is named as for `require`, so that
 * the file stays in the package that ships it.
 */
export async function loadSilero(modelFile: string): Promise<SileroLoad> {
  try {
    const runtime = await import('onnxruntime-node');
    const session = await runtime.InferenceSession.create(
      createRequire(import.meta.url).resolve(modelFile),
      // One thread: the cores belong to all of the server, and batches use one well.
      { intraOpNumThreads: 1, interOpNumThreads: 1, executionProviders: ['cpu'] },
    );
    const silero = sileroOver(session, runtime.Tensor);
    await silero.judge([{ samples: new Int16Array(windowSamples), memory: blankMemory() }]);
    return { kind: 'loaded', silero };
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'failed to load';
    return { kind: 'absent', reason: code };
  }
}

function sileroOver(session: InferenceSession, TensorOf: typeof Tensor): Silero {
  const sampleRate = new TensorOf('int64', BigInt64Array.of(16_000n), []);

  const judgeBatch = async (rows: readonly SileroRow[]): Promise<Float32Array> => {
    const input = new Float32Array(rows.length * inputSamples);
    const state = new Float32Array(rows.length * layers * layerValues);
    rows.forEach(({ samples, memory }, row) => {
      const at = row * inputSamples;
      input.set(memory.context, at);
      samples.forEach((sample, i) => {
        input[at + contextSamples + i] = sample / fullScale;
      });
      eachLayer(row, rows.length, (inMemory, inBatch) => {
        state.set(memory.state.subarray(inMemory, inMemory + layerValues), inBatch);
      });
    });
    const { output, stateN } = await session.run({
      input: new TensorOf('float32', input, [rows.length, inputSamples]),
      state: new TensorOf('float32', state, [layers, rows.length, layerValues]),
      sr: sampleRate,
    });
    const probabilities = floatsOf(output, rows.length);
    const newState = floatsOf(stateN, state.length);
    rows.forEach(({ memory }, row) => {
      const end = (row + 1) * inputSamples;
      memory.context.set(input.subarray(end - contextSamples, end));
      eachLayer(row, rows.length, (inMemory, inBatch) => {
        memory.state.set(newState.subarray(inBatch, inBatch + layerValues), inMemory);
      });
    });
    return probabilities;
  };

  return {
    async judge(rows) {
      const probabilities = new Float32Array(rows.length);
      for (let at = 0; at < rows.length; at += maxBatch) {
        probabilities.set(await judgeBatch(rows.slice(at, at + maxBatch)), at);
      }
      return probabilities;
    },
  };
}

/** The model's state is [layer][row][value], a stream's own memory [layer][value]. */
function eachLayer(
  row: number,
  rowCount: number,
  visit: (inMemory: number, inBatch: number) => void,
): void {
  for (let layer = 0; layer < layers; layer++) {
    visit(layer * layerValues, (layer * rowCount + row) * layerValues);
  }
}

function floatsOf(tensor: Tensor | undefined, length: number): Float32Array {
  const data = tensor?.data;
  if (!(data instanceof Float32Array) || data.length !== length) {
    throw new Error('the speech model answers in another shape than Silero version 6');
  }
  return data;
}
