import type { Model } from './ports.ts';

/** Whisper by size, as ONNX with 8-bit weights; `.en` understands English alone, and that better. */
const whisperNames = ['tiny', 'tiny.en', 'base', 'base.en', 'small', 'small.en'] as const;

/** What can be fetched. */
export const catalogue: readonly Model[] = whisperNames.map((size) => ({
  name: `whisper-${size}`,
  purpose: 'speech-to-text',
  // Exported by the maintainers of sherpa-onnx; the weights are OpenAI's.
  repository: `csukuangfj/sherpa-onnx-whisper-${size}`,
  licence: 'MIT',
  files: [
    { role: 'encoder', name: `${size}-encoder.int8.onnx` },
    { role: 'decoder', name: `${size}-decoder.int8.onnx` },
    { role: 'tokens', name: `${size}-tokens.txt` },
  ],
}));
