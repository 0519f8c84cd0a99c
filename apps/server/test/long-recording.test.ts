import { readFileSync } from 'node:fs';
import { isInstalled, startDeepgram } from '@friend-lite/simulators';
import { describe, expect, it } from 'vitest';
import { speechFormat, wavHeader } from '../src/audio/index.ts';
import { bytesPerMs } from './harness/microphone.ts';
import { scriptedSpeech } from './harness/scripted-speech.ts';
import { startServerProcess, temporaryDirectory } from './harness/server-process.ts';
import { until } from './harness/until.ts';
import { signIn } from './harness/walk.ts';

const minutes = Number(process.env.MINUTES ?? 12);
const recordedAt = Date.parse('2025-06-15T12:00:00Z');

describe.skipIf(!isInstalled('flite'))(`a recording of ${minutes} minutes (needs flite)`, () => {
  it(
    'is transcribed in constant memory, each word at its time',
    async () => {
      using directory = temporaryDirectory();
      const { pcm, script } = await scriptedSpeech(10, minutes * 60_000);
      const service = await startDeepgram({ script });
      const server = await startServerProcess(directory.path, {
        LOCAL_ASR_ENABLED: 'false',
        DEEPGRAM_API_KEY: service.apiKey,
        DEEPGRAM_BASE_URL: service.url,
      });
      try {
        const { client } = await signIn(server.url);
        const startedAt = performance.now();
        await client.upload(
          [
            {
              name: 'day.wav',
              content: new Blob([wavHeader(speechFormat, pcm.length), Uint8Array.from(pcm)]),
            },
          ],
          { deviceName: 'recorder', recordedAt: new Date(recordedAt) },
        );
        const [whole] = await until(async () => {
          const { conversations } = await client.conversations();
          const isOver = conversations.every(({ state }) => state === 'closed');
          return conversations.length > 0 && isOver ? conversations : null;
        }, 20 * 60_000);
        const tookMs = performance.now() - startedAt;
        const { segments, coverage } = await client.conversation(whole!.conversation_id);
        expect(segments.flatMap(({ text }) => text.split(' '))).toEqual(
          script.map(({ word }) => word),
        );
        expect(coverage).toBe(1);
        const places = new Map(script.map(({ word, startMs }) => [word, startMs]));
        const offMs = segments.map(({ started_at: at, text }) => {
          const placeMs = places.get(text.split(' ')[0] ?? '') ?? NaN;
          return Math.abs(Date.parse(at) - recordedAt - placeMs);
        });
        expect(Math.max(...offMs)).toBeLessThan(300);
        const peak = /VmHWM:\s+(\d+) kB/.exec(readFileSync(`/proc/${server.pid}/status`, 'utf8'));
        const peakMiB = Number(peak?.[1]) / 1024;
        const requests = service.requests.filter(({ kind }) => kind === 'recorded');
        console.log(
          `${(pcm.length / bytesPerMs / 60_000).toFixed(1)} min, ${script.length} words in ` +
            `${requests.length} requests, ${(tookMs / 1000).toFixed(0)} s; memory ${peakMiB.toFixed(0)} MiB at ` +
            `most; times off by ${Math.max(...offMs)} ms at most`,
        );
        expect(peakMiB).toBeLessThan(700);
      } finally {
        await server.stop();
        await service.close();
      }
    },
    30 * 60_000,
  );
});
