import type { LiveEvent } from '@friend-lite/contract';
import { isInstalled, startDeepgram, type DeepgramSimulator } from '@friend-lite/simulators';
import { describe, expect, it } from 'vitest';
import { speak } from './harness/microphone.ts';
import { scriptedSpeech } from './harness/scripted-speech.ts';
import { startServerProcess, temporaryDirectory } from './harness/server-process.ts';
import { signIn, untilClosed } from './harness/walk.ts';

/** Speaks ten lines to a server whose recogniser is `service`, and gives what was shown and what came of it. */
async function hear(during: (service: DeepgramSimulator) => Promise<void> = async () => undefined) {
  using directory = temporaryDirectory();
  const { pcm, script } = await scriptedSpeech(10);
  const service = await startDeepgram({ script });
  const server = await startServerProcess(directory.path, {
    NEW_CONVERSATION_TIMEOUT_MINUTES: '0.2',
    LOCAL_ASR_ENABLED: 'false',
    DEEPGRAM_API_KEY: service.apiKey,
    DEEPGRAM_BASE_URL: service.url,
    TRANSCRIPTION_BREAKER_FAILURES: '5',
    TRANSCRIPTION_BREAKER_SECONDS: '1',
  });
  const { client, token } = await signIn(server.url);
  const events: LiveEvent[] = [];
  const stop = new AbortController();
  const following = (async () => {
    for await (const { event } of client.liveEvents({ signal: stop.signal })) events.push(event);
  })().catch(() => undefined);
  try {
    const streaming = speak({
      url: server.url,
      token,
      deviceName: 'walk',
      pcm,
      speed: 1,
    });
    await during(service);
    const stream = await streaming;
    stream.stop();
    const { conversation_id: id } = await untilClosed(client);
    const conversation = await client.conversation(id);
    const captions = events.filter((event) => event.type === 'caption');
    return {
      script,
      conversation,
      captions,
      states: events.flatMap((event) => (event.type === 'captions' ? [event.state] : [])),
      final: wordsIn(
        captions.filter(({ is_final }) => is_final).flatMap(({ segments }) => segments),
      ),
      transcript: wordsIn(conversation.segments),
      output: server.output(),
    };
  } finally {
    stop.abort();
    await following;
    await server.stop();
    await service.close();
  }
}

const wordsIn = (segments: readonly { readonly text: string }[]): readonly string[] =>
  segments.flatMap(({ text }) => text.split(' '));
const sleep = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

describe.skipIf(!isInstalled('flite'))('captions of a running server (need flite)', () => {
  it('come while somebody speaks, word for word, and become the transcript', async () => {
    const { script, captions, states, final, transcript, conversation } = await hear();
    const words = script.map(({ word }) => word);
    expect(final).toEqual(words);
    expect(transcript).toEqual(words);
    expect(captions.some(({ is_final }) => !is_final)).toBe(true);
    expect(states.slice(0, 2)).toEqual(['connecting', 'live']);
    expect(conversation).toMatchObject({ coverage: 1, state: 'closed' });
    expect(conversation.transcript_versions[0]).toMatchObject({ provider: 'deepgram' });
    expect(new Set(conversation.segments.map(({ speaker }) => speaker)).size).toBe(2);
  });

  it('lose and double nothing when the service breaks, and is away', async () => {
    const { script, final, transcript, conversation } = await hear(async (service) => {
      service.faults.next({ on: 'live', breaks: { afterAudioMs: 4000, how: 'reset' } });
      service.faults.next({ on: 'live', breaks: { afterAudioMs: 3000, how: { code: 1011 } } });
      await sleep(14_000);
      service.outage('gone');
      await sleep(5000);
      service.outage(null);
    });
    const words = script.map(({ word }) => word);
    expect(transcript).toEqual(words);
    // What was missed live is heard from the recording; nothing is shown twice.
    expect(final).toEqual([...new Set(final)]);
    expect(conversation.coverage).toBe(1);
    // A conversation begins a little before its first word.
    const offsets = conversation.segments.map(({ start, text }) => {
      const first = script.find(({ word }) => word === text.split(' ')[0])!;
      return first.startMs - start * 1000;
    });
    expect(Math.max(...offsets) - Math.min(...offsets)).toBeLessThan(300);
  });
});
