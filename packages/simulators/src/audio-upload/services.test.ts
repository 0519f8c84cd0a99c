import { afterEach, describe, expect, it } from 'vitest';
import {} from '../deepgram/index.ts';
import { markSound } from '../script/index.ts';
import { startMistral } from '../mistral/index.ts';
import { startOpenAiAudio } from '../openai-audio/index.ts';
import type { UploadSimulator } from './index.ts';

const script = ['well', 'then', 'let', 'us', 'begin'].map((word, index) => ({
  word,
  punctuated: word,
  startMs: 500 + index * 500,
  endMs: 900 + index * 500,
  speaker: index < 3 ? 'ada' : 'bob',
}));

const services: UploadSimulator[] = [];
afterEach(async () => {
  await Promise.all(services.splice(0).map((service) => service.close()));
});

async function started(starting: Promise<UploadSimulator>): Promise<UploadSimulator> {
  const service = await starting;
  services.push(service);
  return service;
}

/** A WAV file of 16 kHz mono s16le. */
function wav(pcm: Uint8Array): Uint8Array<ArrayBuffer> {
  const head = Buffer.alloc(44);
  head.write('RIFF', 0, 'latin1');
  head.writeUInt32LE(36 + pcm.length, 4);
  head.write('WAVEfmt ', 8, 'latin1');
  head.writeUInt32LE(16, 16);
  head.writeUInt16LE(1, 20);
  head.writeUInt16LE(1, 22);
  head.writeUInt32LE(16_000, 24);
  head.writeUInt32LE(32_000, 28);
  head.writeUInt16LE(2, 32);
  head.writeUInt16LE(16, 34);
  head.write('data', 36, 'latin1');
  head.writeUInt32LE(pcm.length, 40);
  return Uint8Array.from(Buffer.concat([head, pcm]));
}

const spoken = wav(markSound(new Uint8Array(4000 * 32), 0));

interface Sent {
  readonly fields: Readonly<Record<string, string | readonly string[]>>;
  readonly file?: Uint8Array<ArrayBuffer> | null;
  readonly name?: string;
  readonly key?: string;
}

async function send(service: UploadSimulator, { fields, file = spoken, name, key }: Sent) {
  const form = new FormData();
  for (const [field, values] of Object.entries(fields)) {
    for (const value of [values].flat()) form.append(field, value);
  }
  if (file) form.set('file', new Blob([file]), name ?? 'sound.wav');
  const response = await fetch(`${service.url}/v1/audio/transcriptions`, {
    method: 'POST',
    headers: { authorization: `Bearer ${key ?? service.apiKey}` },
    body: form,
  });
  return { status: response.status, body: await response.text() };
}

describe('the simulated OpenAI', () => {
  it.each([
    ['json', '{"text":"well then let us begin"}'],
    ['text', 'well then let us begin\n'],
    ['srt', '1\n00:00:00,500 --> 00:00:02,900\nwell then let us begin\n'],
    ['vtt', 'WEBVTT\n\n00:00:00.500 --> 00:00:02.900\nwell then let us begin\n'],
  ])('answers in the format %s', async (format, body) => {
    const service = await started(startOpenAiAudio({ script }));
    const fields = { model: 'whisper-1', response_format: format };
    expect(await send(service, { fields })).toEqual({ status: 200, body });
  });

  it.each<[string, number, Sent]>([
    ['a wrong key', 401, { fields: { model: 'whisper-1' }, key: 'wrong' }],
    ['no model', 400, { fields: {} }],
    ['an unknown model', 404, { fields: { model: 'whisper-9' } }],
    ['an unknown field', 400, { fields: { model: 'whisper-1', diarize: 'true' } }],
    ['a language by its name', 400, { fields: { model: 'whisper-1', language: 'english' } }],
    [
      'a format the model does not have',
      400,
      { fields: { model: 'gpt-4o-transcribe', response_format: 'verbose_json' } },
    ],
    [
      'granularities without verbose_json',
      400,
      { fields: { model: 'whisper-1', 'timestamp_granularities[]': 'word' } },
    ],
    ['a prompt for speakers', 400, { fields: { model: 'gpt-4o-transcribe-diarize', prompt: 'a' } }],
    [
      'long sound for speakers in one piece',
      400,
      { fields: { model: 'gpt-4o-transcribe-diarize' }, file: wav(new Uint8Array(31_000 * 32)) },
    ],
    ['sound too short', 400, { fields: { model: 'whisper-1' }, file: wav(new Uint8Array(640)) }],
    ['no file', 400, { fields: { model: 'whisper-1' }, file: null }],
    ['a file without a known name', 400, { fields: { model: 'whisper-1' }, name: 'sound' }],
    ['a broken file', 400, { fields: { model: 'whisper-1' }, file: spoken.subarray(1) }],
    [
      'a file that is too large',
      413,
      { fields: { model: 'whisper-1' }, file: wav(new Uint8Array(300_000)) },
    ],
  ])('refuses %s with %i', async (_what, status, sent) => {
    const maxFileBytes = status === 413 ? 200_000 : 25 * 1024 * 1024;
    const service = await started(startOpenAiAudio({ script, maxFileBytes }));
    const answer = await send(service, sent);
    expect(answer.status).toBe(status);
    expect(answer.body).toMatch(/^\{"error":\{"message":/);
    expect(service.requests[0]?.status).toBe(status);
  });

  it('refuses as speaches does', async () => {
    const service = await started(startOpenAiAudio({ script, flavour: 'speaches' }));
    const wrongKey = await send(service, { fields: { model: 'whisper-1' }, key: 'wrong' });
    expect(wrongKey.status).toBe(403);
    const fields = { model: 'whisper-1', response_format: 'diarized_json', hotwords: 'a' };
    const wrongFormat = await send(service, { fields });
    expect(wrongFormat).toMatchObject({ status: 422 });
    expect(wrongFormat.body).toMatch(/^\{"detail":\[\{"type":"value_error"/);
  });
});

describe('the simulated Mistral', () => {
  const model = 'voxtral-mini-latest';

  it('answers with segments and speakers when it is asked for them', async () => {
    const service = await started(startMistral({ script }));
    const plain = await send(service, { fields: { model } });
    expect(JSON.parse(plain.body)).toMatchObject({ text: 'well then let us begin', segments: [] });
    const fields = { model, diarize: 'true', 'timestamp_granularities[]': 'segment' };
    const answer = await send(service, { fields });
    expect(JSON.parse(answer.body)).toMatchObject({
      model,
      segments: [
        { text: ' well then let', start: 0.5, end: 1.9, speaker_id: 'speaker_1' },
        { text: ' us begin', start: 2, end: 2.9, speaker_id: 'speaker_2' },
      ],
    });
  });

  it('says nothing when it is told the language and asked for times', async () => {
    const service = await started(startMistral({ script }));
    const fields = { model, language: 'en', timestamp_granularities: 'segment' };
    const answer = await send(service, { fields });
    expect(JSON.parse(answer.body)).toMatchObject({ text: '', segments: [] });
  });

  it.each<[string, number, Sent['fields']]>([
    ['no model', 422, {}],
    ['an unknown model', 404, { model: 'voxtral-giant' }],
    ['an unknown field', 422, { model, response_format: 'json' }],
    ['no boolean', 422, { model, diarize: 'yes please' }],
    ['key terms with spaces', 422, { model, context_bias: ['Ada Lovelace'] }],
    ['too many key terms', 422, { model, context_bias: Array<string>(101).fill('Ada') }],
    ['times of words', 400, { model, timestamp_granularities: ['segment', 'word'] }],
    ['times of what is unknown', 422, { model, timestamp_granularities: 'syllable' }],
  ])('refuses %s with %i', async (_what, status, fields) => {
    const service = await started(startMistral({ script }));
    expect(await send(service, { fields })).toMatchObject({ status });
  });
});
