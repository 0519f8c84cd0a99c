import { existsSync, readFileSync } from 'node:fs';
import { Ajv, type ValidateFunction } from 'ajv';
import { parse } from 'yaml';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import { startDeepgram, type DeepgramSimulator } from './index.ts';
import { markSound } from '../script/index.ts';
import { queryMistake } from './query.ts';

/** The vendor's own specifications are not part of this repository. */
const specs = new URL('../../../../../shared/specs/', import.meta.url);
const openApi = new URL('deepgram-openapi.yml', specs);
const asyncApi = new URL('deepgram-asyncapi.yml', specs);
const areThere = existsSync(openApi) && existsSync(asyncApi);
if (!areThere)
  console.warn(`Skipped: there are no specifications of Deepgram in ${specs.pathname}.`);

interface Specification {
  readonly components: { readonly schemas: Readonly<Record<string, unknown>> };
}
interface HttpSpecification extends Specification {
  readonly paths: Readonly<
    Record<
      string,
      { readonly post: { readonly parameters: readonly { readonly name?: string }[] } }
    >
  >;
}
interface SocketSpecification extends Specification {
  readonly channels: Readonly<
    Record<
      string,
      { readonly bindings: { readonly ws: { readonly query: { readonly properties: object } } } }
    >
  >;
}

const read = (url: URL): unknown => parse(readFileSync(url, 'utf8'));
const readHttp = () => read(openApi) as HttpSpecification;
const readSocket = () => read(asyncApi) as SocketSpecification;

function schemaOf(specification: Specification, name: string): ValidateFunction {
  const ajv = new Ajv({ strict: false, validateFormats: false, allErrors: true });
  ajv.addSchema({ $id: 'vendor', components: specification.components });
  return ajv.compile({ $ref: `vendor#/components/schemas/${name}` });
}

const script = ['well', 'then', 'let', 'us', 'begin'].map((word, index) => ({
  word,
  punctuated: word,
  startMs: 500 + index * 500,
  endMs: 900 + index * 500,
  speaker: index < 3 ? 'ada' : 'bob',
  language: 'en',
}));
const sound = markSound(new Uint8Array(8000 * 32), 0);

let service: DeepgramSimulator;
beforeEach(async () => {
  service = await startDeepgram({ script, speed: Infinity });
});
afterEach(() => service.close());

describe.skipIf(!areThere)('the simulated Deepgram (needs the vendor’s specifications)', () => {
  it('answers recorded sound as specified', async () => {
    const isAnswer = schemaOf(readHttp(), 'listen_v1_media_transcribe_Response_200');
    const query = 'model=nova-3&smart_format=true&punctuate=true&diarize=true&utterances=true';
    const response = await fetch(`${service.url}/v1/listen?${query}&paragraphs=true`, {
      method: 'POST',
      headers: { authorization: `Token ${service.apiKey}`, 'content-type': 'audio/raw' },
      body: sound as Uint8Array<ArrayBuffer>,
    });
    isAnswer(await response.json());
    expect(isAnswer.errors ?? []).toEqual([]);
  });

  it('says in a live session what is specified', async () => {
    const specification = readSocket();
    const kinds: Readonly<Record<string, string>> = {
      Results: 'ListenV1_ListenV1Results',
      Metadata: 'ListenV1_ListenV1Metadata',
      UtteranceEnd: 'ListenV1_ListenV1UtteranceEnd',
      SpeechStarted: 'ListenV1_ListenV1SpeechStarted',
    };
    const query =
      'model=nova-3&encoding=linear16&sample_rate=16000&channels=1&interim_results=true' +
      '&punctuate=true&diarize=true&utterance_end_ms=1000&vad_events=true&language=multi';
    const socket = new WebSocket(`${service.url.replace('http', 'ws')}/v1/listen?${query}`, {
      headers: { authorization: `Token ${service.apiKey}` },
    });
    const messages: { type: string }[] = [];
    socket.on('message', (data: Buffer) =>
      messages.push(JSON.parse(data.toString()) as { type: string }),
    );
    await new Promise((resolve) => socket.on('open', resolve));
    for (let at = 0; at < sound.length; at += 8000) socket.send(sound.subarray(at, at + 8000));
    socket.send('{"type":"CloseStream"}');
    await new Promise((resolve) => socket.on('close', resolve));

    expect(new Set(messages.map(({ type }) => type))).toEqual(new Set(Object.keys(kinds)));
    const schemas = new Map(
      Object.entries(kinds).map(([type, name]) => [type, schemaOf(specification, name)]),
    );
    for (const message of messages) {
      const isValid = schemas.get(message.type)!;
      isValid(message);
      expect(isValid.errors ?? [], JSON.stringify(message)).toEqual([]);
    }
  });

  it('takes no parameter that is not specified', () => {
    const recorded = readHttp()
      .paths['/v1/listen']!.post.parameters.flatMap(({ name }) => name ?? [])
      .filter((name) => name !== 'Authorization');
    const live = Object.keys(readSocket().channels['/v1/listen']!.bindings.ws.query.properties);
    // Of the vendor's other features, which nobody here asks for.
    const leftOut = /^(custom_|multichannel_)/;
    for (const [way, names] of [
      ['recorded', recorded],
      ['live', live],
    ] as const) {
      for (const name of ['made_up', 'interim', 'speaker', ...names]) {
        const mistake = queryMistake(new URLSearchParams([[name, '']]), way) ?? '';
        const isUnknown = mistake.includes('is not a parameter');
        if (!leftOut.test(name)) expect(isUnknown, name).toBe(!names.includes(name));
      }
    }
  });
});
