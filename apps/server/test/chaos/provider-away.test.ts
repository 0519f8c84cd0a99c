import { setTimeout as sleep } from 'node:timers/promises';
import { isInstalled, startDeepgram } from '@friend-lite/simulators';
import { describe, expect, it } from 'vitest';
import { bytesPerMs, speak } from '../harness/microphone.ts';
import { storedCaptures } from '../harness/recordings.ts';
import { scriptedSpeech } from '../harness/scripted-speech.ts';
import { startServerProcess, temporaryDirectory } from '../harness/server-process.ts';
import { until } from '../harness/until.ts';
import { signIn } from '../harness/walk.ts';

const deviceCount = Number(process.env.DEVICES ?? 10);
const awayMs = Number(process.env.AWAY_SECONDS ?? 20) * 1000;
/** Speech before the service goes away, and after it has come back. */
const aroundMs = 8000;
/** Everything has to be transcribed within this, once the service is back. */
const limitMs = 10 * 60_000;

describe.skipIf(!isInstalled('flite'))(
  `a recogniser that is away for ${awayMs / 1000} s with ${deviceCount} devices in conversation`,
  () => {
    it('costs the recordings nothing, and no word', async () => {
      using directory = temporaryDirectory();
      const { script, pcm } = await scriptedSpeech(10, 2 * aroundMs + awayMs);
      const service = await startDeepgram({ script, maxRequests: 1000 });
      const server = await startServerProcess(directory.path, {
        NEW_CONVERSATION_TIMEOUT_MINUTES: '0.2',
        AUDIO_CROPPING_ENABLED: 'false',
        AUDIO_SOCKETS_PER_USER: String(2 * deviceCount),
        LOCAL_ASR_ENABLED: 'false',
        DEEPGRAM_API_KEY: service.apiKey,
        DEEPGRAM_BASE_URL: service.url,
      });
      try {
        const { client, token } = await signIn(server.url);
        const speaking = Array.from({ length: deviceCount }, (_, index) =>
          speak({ url: server.url, token, deviceName: `mic-${index}`, pcm, speed: 1 }),
        );
        await sleep(aroundMs);
        service.outage('gone');
        await sleep(awayMs);
        service.outage(null);
        const backAt = performance.now();
        for (const stream of await Promise.all(speaking)) stream.stop();

        const done = await until(
          async () => {
            const { conversations } = await client.conversations({ limit: 500 });
            const isOver = conversations.every(({ state }) => state === 'closed');
            return isOver && conversations.length >= deviceCount ? conversations : null;
          },
          limitMs + pcm.length / bytesPerMs,
        );
        const transcribedAfterMs = performance.now() - backAt;
        const failuresBefore = server
          .output()
          .split('transcriber left alone')[0]!
          .split('"event":"transcriber failed"').length;

        expect(done).toHaveLength(deviceCount);
        const words = script.map(({ word }) => word);
        for (const { conversation_id: id } of done) {
          const { segments, coverage } = await client.conversation(id);
          expect(segments.flatMap(({ text }) => text.split(' '))).toEqual(words);
          expect(coverage).toBe(1);
        }
        const captures = storedCaptures(directory.path);
        expect(captures).toHaveLength(deviceCount);
        expect(captures.flatMap(({ gaps }) => gaps)).toEqual([]);
        console.log(
          `every word of ${deviceCount} conversations, ${words.length} each; all transcribed ` +
            `${(transcribedAfterMs / 1000).toFixed(1)} s after the service was back; ` +
            `${failuresBefore - 1} failures until it was left alone`,
        );
        expect(transcribedAfterMs).toBeLessThan(limitMs);
        expect(failuresBefore - 1).toBeLessThan(5);
      } finally {
        await server.stop();
        await service.close();
      }
    });
  },
);
