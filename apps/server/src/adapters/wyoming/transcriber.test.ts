import { createServer, type Server } from 'node:net';
import {
  scriptedRecogniser,
  startWyomingServer,
  type HeardSpeech,
  type WyomingFaults,
  type WyomingServer,
  type WyomingServerOptions,
} from '@friend-lite/simulators';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { ProviderError, systemClock } from '../../base/index.ts';
import { noHints } from '../../transcription/index.ts';
import { fakeClock } from '../../base/fake-clock.ts';
import { wyomingTranscriber } from './transcriber.ts';

const servers: WyomingServer[] = [];
afterEach(async () => {
  await Promise.all(servers.splice(0).map((server) => server.close()));
});

async function start(options: Partial<WyomingServerOptions> = {}): Promise<WyomingServer> {
  const server = await startWyomingServer({
    recognise: scriptedRecogniser(['I live in Boston']),
    ...options,
  });
  servers.push(server);
  return server;
}

async function transcriberFor(options: Partial<WyomingServerOptions> = {}, clock = systemClock) {
  const { uri } = await start(options);
  return wyomingTranscriber({ uri, clock });
}

function uriOf(server: Server): string {
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('not listening');
  return `tcp://127.0.0.1:${address.port}`;
}

const never = new AbortController().signal;
/** 1.5 s and a half chunk of every sample value in turn. */
const pcm = new Uint8Array(48_512).map((_, index) => index % 251);

describe('the Wyoming transcriber', () => {
  it('sends the sound unchanged and returns the text over the whole of it', async () => {
    const heard: HeardSpeech[] = [];
    const transcriber = await transcriberFor({
      model: 'tiny',
      recognise: async (speech) => {
        heard.push(speech);
        return '  My sister Sarah \n';
      },
    });
    await transcriber.probe(never);
    expect(await transcriber.transcribe({ pcm, ...noHints }, never)).toEqual({
      kind: 'words',
      model: 'tiny',
      utterances: [
        {
          startMs: 0,
          endMs: 1516,
          text: 'My sister Sarah',
          speaker: null,
          confidence: null,
          words: [],
        },
      ],
    });
    expect(heard).toEqual([{ pcm: Buffer.from(pcm), sampleRateHz: 16_000, width: 2, channels: 1 }]);
  });

  it('calls an empty text silence', async () => {
    const transcriber = await transcriberFor({ recognise: async () => '  ' });
    expect(await transcriber.transcribe({ pcm, ...noHints }, never)).toEqual({
      kind: 'silence',
      model: 'unknown',
    });
  });

  it.each<[string, WyomingFaults]>([
    ['closes after each transcript', { closesAfterTranscript: true }],
    ['puts data in the header', { dataStyle: 'inline' }],
    ['puts data in both places', { dataStyle: 'both' }],
    ['sends partial results', { partials: true }],
    ['sends one byte at a time', { dribbles: true, partials: true }],
    ['takes its time', { replyDelayMs: 100, readDelayMs: 100 }],
  ])('understands a server that %s', async (_what, faults) => {
    const texts = ['Grüße aus Boston', 'good morning'];
    const transcriber = await transcriberFor({ faults, recognise: scriptedRecogniser(texts) });
    for (const text of texts) {
      const hearing = await transcriber.transcribe({ pcm, ...noHints }, never);
      expect(hearing).toMatchObject({ kind: 'words', utterances: [{ text }] });
    }
  });

  it('joins the transcripts of a server that cuts the sound by itself', async () => {
    const transcriber = await transcriberFor({
      faults: { cutsByItself: true, closesAfterTranscript: true },
      recognise: async () => 'good morning\nmy name is Michael',
    });
    const hearing = await transcriber.transcribe({ pcm, ...noHints }, never);
    expect(hearing).toMatchObject({ utterances: [{ text: 'good morning my name is Michael' }] });
  });

  it('takes a server that answers while being spoken to for such a one', async () => {
    const say = (text: string) => `{"type":"transcript","data":{"text":"${text}"}}\n`;
    const eager = createServer((socket) => {
      socket.once('data', () => socket.write(say('one')));
      socket.on('data', (bytes) => {
        if (!bytes.includes('audio-stop')) return;
        socket.write(say('two'));
        setTimeout(() => socket.end(say('three')), 50);
      });
    });
    await new Promise<void>((resolve) => eager.listen(0, '127.0.0.1', resolve));
    const transcriber = wyomingTranscriber({ uri: uriOf(eager), clock: systemClock });
    const long = new Uint8Array(8 * 1024 * 1024);
    expect(await transcriber.transcribe({ pcm: long, ...noHints }, never)).toMatchObject({
      utterances: [{ text: 'one two three' }],
    });
    eager.close();
  });

  it('takes such a server to be done when it has been quiet for a while', async () => {
    const clock = fakeClock();
    const transcriber = await transcriberFor(
      { faults: { cutsByItself: true }, recognise: async () => 'good\nmorning' },
      clock,
    );
    const hearing = transcriber.transcribe({ pcm, ...noHints }, never);
    await vi.waitFor(async () => {
      clock.advance(2_000);
      const outcome = await Promise.race([hearing, Promise.resolve('waiting')]);
      expect(outcome).toMatchObject({ utterances: [{ text: 'good morning' }] });
    });
  });

  it('waits for room when the server does not read, and loses nothing', async () => {
    const long = new Uint8Array(12 * 1024 * 1024);
    const sizes: number[] = [];
    const transcriber = await transcriberFor({
      faults: { readDelayMs: 100 },
      recognise: async (speech) => {
        sizes.push(speech.pcm.length);
        return 'long';
      },
    });
    await transcriber.transcribe({ pcm: long, ...noHints }, never);
    expect(sizes).toEqual([long.length]);
  });

  it.each<[string, WyomingFaults]>([
    ['drops the connection at once', { drops: 'at-connect' }],
    ['drops it in the middle of the sound', { drops: 'mid-audio' }],
    ['drops it before the transcript', { drops: 'before-transcript' }],
    ['drops it in the middle of the transcript', { drops: 'mid-transcript' }],
    ['sends garbage', { garbage: true }],
    ['sends an error', { error: { text: 'the words I heard', code: 'busy' } }],
  ])('fails, to be tried again, when the server %s', async (_what, faults) => {
    const transcriber = await transcriberFor({ faults });
    const failure = transcriber.transcribe({ pcm, ...noHints }, never);
    await expect(failure).rejects.toMatchObject({ failure: 'transient', provider: 'wyoming' });
    await expect(failure).rejects.not.toThrow('the words I heard');
  });

  it('fails, to be tried again, when nobody listens', async () => {
    const server = await start();
    await server.close();
    const transcriber = wyomingTranscriber({ uri: server.uri, clock: systemClock });
    await expect(transcriber.transcribe({ pcm, ...noHints }, never)).rejects.toThrow(
      'ECONNREFUSED',
    );
    await expect(transcriber.transcribe({ pcm, ...noHints }, never)).rejects.toBeInstanceOf(
      ProviderError,
    );
  });

  it('gives a server two minutes to load its model, and one minute later on', async () => {
    const clock = fakeClock();
    let isHanging = true;
    const server = await start({ faults: () => ({ neverAnswers: isHanging }) });
    const transcriber = wyomingTranscriber({ uri: server.uri, clock });

    const patience = async (): Promise<number> => {
      let waitedMs = 0;
      const connections = server.connectionCount;
      const failure = transcriber.transcribe({ pcm, ...noHints }, never).then(
        () => 'answered',
        (error: unknown) => String(error),
      );
      await vi.waitFor(() => expect(server.connectionCount).toBe(connections + 1));
      await new Promise((resolve) => setTimeout(resolve, 50));
      for (;;) {
        const outcome = await Promise.race([
          failure,
          new Promise<null>((resolve) => setImmediate(() => resolve(null))),
        ]);
        if (outcome !== null) {
          expect(outcome).toContain('no answer in time');
          return waitedMs;
        }
        clock.advance(1_000);
        waitedMs += 1_000;
      }
    };

    expect(await patience()).toBeGreaterThanOrEqual(123_000);
    isHanging = false;
    await transcriber.transcribe({ pcm, ...noHints }, never);
    isHanging = true;
    expect(await patience()).toBeLessThan(70_000);
  });

  it('stops when told to, with the reason it was given', async () => {
    const transcriber = await transcriberFor({ faults: { neverAnswers: true } });
    const stop = new AbortController();
    const hearing = transcriber.transcribe({ pcm, ...noHints }, stop.signal);
    setTimeout(() => stop.abort(new Error('shutting down')), 20);
    await expect(hearing).rejects.toThrow('shutting down');
    await expect(transcriber.transcribe({ pcm, ...noHints }, stop.signal)).rejects.toThrow(
      'shutting down',
    );
  });
});

describe('asking a Wyoming server whether it works', () => {
  it('learns the name of its model', async () => {
    const transcriber = await transcriberFor({ model: 'tiny-int8' });
    expect(await transcriber.probe(never)).toEqual({ available: true, model: 'tiny-int8' });
  });

  it.each([
    [
      'nulls',
      { asr: [{ name: 'whisper', models: [{ name: null }, null], version: null }] },
      'whisper',
    ],
    ['no models', { asr: [{ name: 'whisper', models: null }] }, 'whisper'],
    ['no names at all', { asr: [{}], tts: null, extra: 1 }, 'unknown'],
  ])('tolerates %s', async (_what, info, model) => {
    const transcriber = await transcriberFor({ faults: { info } });
    expect(await transcriber.probe(never)).toEqual({ available: true, model });
  });

  it.each<[string, WyomingFaults]>([
    ['offers no speech recognition', { info: { asr: [], tts: [{ name: 'piper' }] } }],
    ['closes', { drops: 'at-connect' }],
  ])('says no when the server %s', async (_what, faults) => {
    const transcriber = await transcriberFor({ faults });
    expect(await transcriber.probe(never)).toMatchObject({ available: false });
  });

  it('says what to do when nobody listens', async () => {
    const server = await start();
    await server.close();
    const availability = await wyomingTranscriber({ uri: server.uri, clock: systemClock }).probe(
      never,
    );
    expect(availability).toMatchObject({ available: false });
    expect(JSON.stringify(availability)).toContain('OFFLINE_ASR_TCP_URI');
  });

  it('says no within five seconds to a server that is not Wyoming and says nothing', async () => {
    const clock = fakeClock();
    const mute = createServer();
    await new Promise<void>((resolve) => mute.listen(0, '127.0.0.1', resolve));
    const asked = wyomingTranscriber({ uri: uriOf(mute), clock }).probe(never);
    clock.advance(5_000);
    expect(await asked).toMatchObject({ available: false });
    mute.close();
  });

  it('says no when it is told to stop', async () => {
    const transcriber = await transcriberFor({ faults: { neverAnswers: true } });
    expect(await transcriber.probe(AbortSignal.abort())).toMatchObject({ available: false });
  });
});
