import { writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** A Whisper that fits on a page: it says the same sentence to whatever it hears. */

/** Protocol buffers, as far as ONNX needs them: https://protobuf.dev/programming-guides/encoding */
function varint(value: number): Buffer {
  const bytes: number[] = [];
  let left = BigInt.asUintN(64, BigInt(value));
  do {
    const more = left > 127n;
    bytes.push(Number(left & 127n) | (more ? 128 : 0));
    left >>= 7n;
  } while (left > 0n);
  return Buffer.from(bytes);
}
const int = (field: number, value: number): Buffer =>
  Buffer.concat([varint(field * 8), varint(value)]);
const bytes = (field: number, content: Uint8Array | string): Buffer => {
  const data = Buffer.from(content as string);
  return Buffer.concat([varint(field * 8 + 2), varint(data.length), data]);
};
const message = (field: number, ...parts: readonly Uint8Array[]): Buffer =>
  bytes(field, Buffer.concat(parts));

/** https://github.com/onnx/onnx/blob/main/onnx/onnx.proto */
const elementTypes = { float: 1, int64: 7 } as const;
type ElementType = keyof typeof elementTypes;

const value = (
  field: number,
  name: string,
  type: ElementType,
  dims: readonly (number | string)[],
) =>
  message(
    field,
    bytes(1, name),
    message(
      2,
      message(
        1,
        int(1, elementTypes[type]),
        message(
          2,
          ...dims.map((dim) => message(1, typeof dim === 'number' ? int(1, dim) : bytes(2, dim))),
        ),
      ),
    ),
  );
const node = (type: string, inputs: readonly string[], outputs: readonly string[]) =>
  message(
    1,
    ...inputs.map((name) => bytes(1, name)),
    ...outputs.map((name) => bytes(2, name)),
    bytes(3, `${type}-${outputs[0] ?? ''}`),
    bytes(4, type),
  );
const floats = (name: string, dims: readonly number[], data: Float32Array) =>
  message(
    5,
    ...dims.map((dim) => int(1, dim)),
    int(2, elementTypes.float),
    bytes(8, name),
    bytes(9, new Uint8Array(data.buffer)),
  );

function model(metadata: Readonly<Record<string, string | number>>, ...graph: readonly Buffer[]) {
  return Buffer.concat([
    int(1, 8),
    message(7, bytes(2, 'tiny'), ...graph),
    message(8, bytes(1, ''), int(2, 13)),
    ...Object.entries(metadata).map(([key, text]) =>
      message(14, bytes(1, key), bytes(2, String(text))),
    ),
  ]);
}

const special = { sot: 8, eot: 9, transcribe: 10, translate: 11, noTimestamps: 12, noSpeech: 13 };
const vocabulary = 16;
const [layers, context, state, mels] = [1, 64, 4, 80];

/** Writes `NAME-encoder.int8.onnx`, `NAME-decoder.int8.onnx` and `NAME-tokens.txt`; at most eight words. */
export function writeTinyWhisper(folder: string, name: string, words: readonly string[]): void {
  const zeros = new Float32Array(layers * 1 * 4 * state);
  const encoder = model(
    {
      model_type: 'whisper-tiny.en',
      version: 1,
      maintainer: 'k2-fsa',
      n_mels: mels,
      n_audio_ctx: 4,
      n_audio_state: state,
      n_audio_head: 1,
      n_audio_layer: layers,
      n_vocab: vocabulary,
      n_text_ctx: context,
      n_text_state: state,
      n_text_head: 1,
      n_text_layer: layers,
      sot_sequence: special.sot,
      all_language_tokens: special.transcribe,
      all_language_codes: 'en',
      sot: special.sot,
      sot_index: 0,
      eot: special.eot,
      blank_id: 7,
      is_multilingual: 0,
      no_speech: special.noSpeech,
      non_speech_tokens: '',
      transcribe: special.transcribe,
      translate: special.translate,
      sot_prev: 14,
      sot_lm: 15,
      no_timestamps: special.noTimestamps,
    },
    node('Identity', ['k'], ['n_layer_cross_k']),
    node('Identity', ['v'], ['n_layer_cross_v']),
    floats('k', [layers, 1, 4, state], zeros),
    floats('v', [layers, 1, 4, state], zeros),
    value(11, 'mel', 'float', ['N', mels, 'T']),
    value(12, 'n_layer_cross_k', 'float', [layers, 'N', 4, state]),
    value(12, 'n_layer_cross_v', 'float', [layers, 'N', 4, state]),
  );

  // Each token is followed by one other: a row of the table for the token, with a one where the next is.
  const next = new Float32Array(vocabulary * vocabulary);
  const follow = (token: number, then: number): void => void (next[token * vocabulary + then] = 10);
  for (const token of [special.sot, special.noTimestamps, special.transcribe]) follow(token, 0);
  words.forEach((_, index) => follow(index, index + 1 < words.length ? index + 1 : special.eot));
  const cache = [layers, 'N', context, state] as const;
  const cross = [layers, 'N', 4, state] as const;
  const decoder = model(
    {},
    node('Gather', ['next', 'tokens'], ['logits']),
    node('Identity', ['in_self_k'], ['out_self_k']),
    node('Identity', ['in_self_v'], ['out_self_v']),
    floats('next', [vocabulary, vocabulary], next),
    value(11, 'tokens', 'int64', ['N', 'L']),
    value(11, 'in_self_k', 'float', cache),
    value(11, 'in_self_v', 'float', cache),
    value(11, 'n_layer_cross_k', 'float', cross),
    value(11, 'n_layer_cross_v', 'float', cross),
    value(11, 'offset', 'int64', [1]),
    value(12, 'logits', 'float', ['N', 'L', vocabulary]),
    value(12, 'out_self_k', 'float', cache),
    value(12, 'out_self_v', 'float', cache),
  );
  const tokens = Array.from({ length: vocabulary }, (_, id) => {
    const text = words[id] === undefined ? `<${id}>` : ` ${words[id]}`;
    return `${Buffer.from(text).toString('base64')} ${id}\n`;
  });
  writeFileSync(join(folder, `${name}-encoder.int8.onnx`), encoder);
  writeFileSync(join(folder, `${name}-decoder.int8.onnx`), decoder);
  writeFileSync(join(folder, `${name}-tokens.txt`), tokens.join(''));
}
