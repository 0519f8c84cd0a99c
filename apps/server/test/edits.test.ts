import { createHash } from 'node:crypto';
import { createClient, type Client } from '@friend-lite/client';
import {
  isInstalled,
  speakDialogue,
  startWyomingServer,
  walkDialogue,
  walkVoices,
} from '@friend-lite/simulators';
import { describe, expect, it } from 'vitest';
import { speechFormat, wavHeader } from '../src/audio/index.ts';
import { startServerProcess, temporaryDirectory, testAdmin } from './harness/server-process.ts';
import { until } from './harness/until.ts';
import { download } from './harness/walk.ts';

const bytesPerSecond = 32_000;
const recordedAt = Date.parse('2025-06-15T12:00:00Z');

/** The conversations, once there are `count` and nothing is left to do for any. */
const settled = (client: Client, count: number) =>
  until(async () => {
    const { conversations } = await client.conversations();
    const isOver = conversations.every(({ state }) => state === 'closed');
    return conversations.length === count && isOver ? conversations.toReversed() : null;
  });

describe.skipIf(!isInstalled('flite'))('edits on a running server (need flite)', () => {
  it('join files of one afternoon, part and undo, and lose neither sound nor words', async () => {
    using directory = temporaryDirectory();
    const { pcm } = await speakDialogue(walkDialogue.slice(0, 4), { voices: walkVoices });
    const wav = Buffer.concat([wavHeader(speechFormat, pcm.byteLength), pcm]);
    let heard = 0;
    const recogniser = await startWyomingServer({
      recognise: async () => `these are the words of sentence ${(heard += 1)}`,
    });
    const server = await startServerProcess(directory.path, {
      NEW_CONVERSATION_TIMEOUT_MINUTES: '0.2',
      LOCAL_ASR_ENABLED: 'false',
      OFFLINE_ASR_TCP_URI: recogniser.uri,
    });
    try {
      const { access_token: token } = await createClient({ baseUrl: server.url }).loginForToken(
        testAdmin,
      );
      const client = createClient({ baseUrl: server.url, token });
      const soundOf = (path: string | null) => download(client.audioUrl(path ?? ''), token);
      const digest = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex');

      // The second file begins 8 s after the first has ended.
      const gapMs = (pcm.byteLength / bytesPerSecond) * 1000 + 8000;
      for (const at of [recordedAt, recordedAt + gapMs]) {
        await client.upload([{ name: 'a.wav', content: new Blob([Uint8Array.from(wav)]) }], {
          deviceName: 'recorder',
          recordedAt: new Date(at),
        });
      }
      const joined = await until(async () => {
        const [whole] = await settled(client, 1);
        return whole && (await client.conversationHistory(whole.conversation_id)).length === 1
          ? whole
          : null;
      });
      const id = joined.conversation_id;
      const page = await client.conversation(id);
      expect(page.ranges).toHaveLength(2);
      expect(page.segments.length).toBe(joined.segment_count);
      // On the conversation's own time, although 8 s lie between the files.
      expect(Math.max(...page.segments.map(({ end }) => end))).toBeLessThanOrEqual(
        page.duration_seconds,
      );
      const sound = await soundOf(joined.audio_path);

      const [first, second] = await client.splitConversation(id, 5);
      if (!first || !second) throw new Error('a split makes two');
      const parts = await settled(client, 2);
      const sounds = await Promise.all(parts.map(({ audio_path }) => soundOf(audio_path)));
      expect(digest(Buffer.concat(sounds))).toBe(digest(sound));
      expect(sounds[0]?.byteLength).toBe(5 * bytesPerSecond);
      expect(parts.reduce((sum, { segment_count }) => sum + segment_count, 0)).toBe(
        joined.segment_count,
      );
      for (const { cropped_audio_path } of parts) {
        if (cropped_audio_path !== null) await soundOf(cropped_audio_path);
      }

      await client.undoEdit(id);
      const [restored] = await settled(client, 1);
      expect(restored).toEqual(joined);
      expect(digest(await soundOf(joined.audio_path))).toBe(digest(sound));
      await expect(client.conversation(second.conversation_id)).rejects.toMatchObject({
        code: 'conversation_not_found',
      });

      // And the joining too: it is not done again.
      await client.undoEdit(id);
      const files = await settled(client, 2);
      await client.mergeConversations(files.map(({ conversation_id }) => conversation_id));
      await settled(client, 1);
      const [, other] = files;
      await expect(client.conversation(other?.conversation_id ?? '')).rejects.toMatchObject({
        code: 'conversation_merged',
      });
      await client.updateConversation(id, { title: 'Afternoon', pinned: true });
      expect(await client.conversation(id)).toMatchObject({ title: 'Afternoon', pinned: true });
      const remembered = (await client.memories()).total_count;
      const deleted = await client.deleteConversation(id, { audio: true });
      expect(deleted).toMatchObject({ audio_segments: 2, cropped_audio: true });
      expect(deleted.memories).toBe(remembered);
      expect((await client.storage()).devices).toEqual([]);
      expect((await client.conversations()).total_count).toBe(0);
      expect((await client.memories()).total_count).toBe(0);
    } finally {
      await server.stop();
      await recogniser.close();
    }
  });
});
