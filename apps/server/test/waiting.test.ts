import {
  isInstalled,
  pocketSphinxProgram,
  pocketSphinxRecogniser,
  speakDialogue,
  startWyomingServer,
  walkDialogue,
  walkVoices,
  wordRecall,
} from '@friend-lite/simulators';
import { describe, expect, it } from 'vitest';
import { speak } from './harness/microphone.ts';
import { startServerProcess, temporaryDirectory } from './harness/server-process.ts';
import { until } from './harness/until.ts';
import { download, signIn, untilClosed, walkEnvironment } from './harness/walk.ts';

describe.skipIf(!isInstalled('flite') || !isInstalled(pocketSphinxProgram))(
  'without a recogniser (needs flite and pocketsphinx)',
  () => {
    it('keeps the conversation, says why, and finishes it when one appears', async () => {
      using directory = temporaryDirectory();
      const dialogue = walkDialogue.slice(4, 8);
      const { pcm } = await speakDialogue(dialogue, { voices: walkVoices });
      const port = await freePort();
      const server = await startServerProcess(
        directory.path,
        walkEnvironment({ uri: `tcp://127.0.0.1:${port}` }),
      );
      try {
        const { client, token } = await signIn(server.url);
        const stream = await speak({ url: server.url, token, deviceName: 'walk', pcm, speed: 8 });
        stream.stop();

        const waiting = await until(async () => {
          const { conversations } = await client.conversations();
          return conversations.find(({ state }) => state === 'awaiting-transcriber');
        });
        expect(waiting.stages.transcribe).toEqual({ state: 'waiting', detail: 'no-transcriber' });
        const { services, status } = await client.health();
        expect(status).toBe('degraded');
        expect(services.speech_to_text).toMatchObject({ healthy: false, critical: false });
        const [capture] = (await client.conversation(waiting.conversation_id)).ranges;
        const url = `${server.url}/api/captures/${capture!.capture_id}/audio`;
        expect(Buffer.from(pcm).equals(await download(url, token))).toBe(true);

        const recogniser = await startWyomingServer({
          recognise: pocketSphinxRecogniser(),
          port,
        });
        try {
          const { conversation_id } = await untilClosed(client);
          const closed = await client.conversation(conversation_id);
          expect(closed.state).toBe('closed');
          const text = dialogue.map((line) => line.text).join(' ');
          expect(wordRecall(text, closed.transcript ?? '')).toBeGreaterThanOrEqual(0.75);
          expect(closed.memories.length).toBeGreaterThanOrEqual(1);
        } finally {
          await recogniser.close();
        }
      } finally {
        await server.stop();
      }
    });
  },
);

describe.skipIf(!isInstalled('flite') || !isInstalled(pocketSphinxProgram))(
  'with a recogniser that answers and fails (needs flite and pocketsphinx)',
  () => {
    it('keeps the conversation until it works again', async () => {
      using directory = temporaryDirectory();
      const { pcm } = await speakDialogue(walkDialogue.slice(4, 6), { voices: walkVoices });
      let isBroken = true;
      const recogniser = await startWyomingServer({
        recognise: pocketSphinxRecogniser(),
        faults: () => (isBroken ? { error: { text: 'out of memory' } } : {}),
      });
      const server = await startServerProcess(directory.path, walkEnvironment(recogniser));
      try {
        const { client, token } = await signIn(server.url);
        const stream = await speak({ url: server.url, token, deviceName: 'walk', pcm, speed: 8 });
        stream.stop();
        await until(async () => {
          const { conversations } = await client.conversations();
          return conversations.find(
            ({ state, stages }) =>
              state === 'awaiting-transcriber' &&
              stages.transcribe.detail === 'transcriber-failing',
          );
        });
        isBroken = false;
        expect((await untilClosed(client)).state).toBe('closed');
        expect((await client.memories()).count).toBeGreaterThanOrEqual(1);
      } finally {
        await server.stop();
        await recogniser.close();
      }
    });
  },
);

/** A port nobody listens on now. */
async function freePort(): Promise<number> {
  const server = await startWyomingServer({ recognise: async () => '' });
  await server.close();
  return server.port;
}
