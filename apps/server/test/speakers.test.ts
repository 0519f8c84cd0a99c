import type { Client } from '@friend-lite/client';
import { isInstalled, startDeepgram, startSpeakerService } from '@friend-lite/simulators';
import { describe, expect, it } from 'vitest';
import { speechFormat, wavHeader } from '../src/audio/index.ts';
import { scriptedSpeech } from './harness/scripted-speech.ts';
import { startServerProcess, temporaryDirectory } from './harness/server-process.ts';
import { until } from './harness/until.ts';
import { signIn } from './harness/walk.ts';

/** Uploads sound and gives the conversation that it became, which is the newest. */
async function conversationOf(client: Client, pcm: Uint8Array, count: number) {
  const file = new Blob([wavHeader(speechFormat, pcm.length), Uint8Array.from(pcm)]);
  await client.upload([{ name: 'speech.wav', content: file }], { deviceName: `recorder-${count}` });
  return until(async () => {
    const { conversations } = await client.conversations();
    const [newest] = conversations;
    const isOver = conversations.every(({ state }) => state === 'closed');
    if (conversations.length < count || !newest || !isOver) return null;
    return client.conversation(newest.conversation_id);
  }, 60_000);
}

describe.skipIf(!isInstalled('flite'))('speakers on a running server (need flite)', () => {
  it('have names where their voices are known, and words do not wait for names', async () => {
    using directory = temporaryDirectory();
    const { script, pcm } = await scriptedSpeech(6);
    const recogniser = await startDeepgram({ script });
    const voices = await startSpeakerService({
      script,
      enrolled: { '7': { Laura: 'Laura Meier' } },
    });
    const server = await startServerProcess(directory.path, {
      LOCAL_ASR_ENABLED: 'false',
      DEEPGRAM_API_KEY: recogniser.apiKey,
      DEEPGRAM_BASE_URL: recogniser.url,
      SPEAKER_SERVICE_URL: voices.url,
      SPEAKER_SERVICE_USERS: 'admin@example.com=7',
    });
    try {
      const { client } = await signIn(server.url);
      const named = await conversationOf(client, pcm, 1);
      expect(new Set(named.segments.map(({ speaker }) => speaker))).toEqual(
        new Set(['Speaker 1', 'Laura Meier']),
      );
      const [laura, ...others] = await client.people();
      expect(laura).toMatchObject({ name: 'Laura Meier' });
      expect(others).toEqual([]);

      // What people say of a speaker counts more than the voice, in another version, too.
      const said = named.segments.find(({ speaker }) => speaker === 'Laura Meier')!;
      await client.nameSpeaker(named.conversation_id, {
        segment_id: said.id,
        scope: 'conversation',
        name: 'Aunt Laura',
      });
      await client.reprocessTranscript(named.conversation_id);
      const again = await until(async () => {
        const page = await client.conversation(named.conversation_id);
        return page.transcript_versions.length === 2 && page.state === 'closed' ? page : null;
      });
      expect(again.active_transcript_version).not.toBe(named.active_transcript_version);
      expect(new Set(again.segments.map(({ speaker }) => speaker))).toEqual(
        new Set(['Speaker 1', 'Aunt Laura']),
      );

      voices.outage('gone');
      const unnamed = await conversationOf(client, pcm, 2);
      expect(new Set(unnamed.segments.map(({ speaker }) => speaker))).toEqual(
        new Set(['Speaker 1', 'Speaker 2']),
      );
      const { services } = await client.health();
      expect(services.speaker_service).toMatchObject({ healthy: false, critical: false });
    } finally {
      await server.stop();
      await recogniser.close();
      await voices.close();
    }
  });
});
