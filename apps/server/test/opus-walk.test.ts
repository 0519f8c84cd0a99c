import { setTimeout as sleep } from 'node:timers/promises';
import { Encoder } from '@evan/opus';
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
import { WebSocket } from 'ws';
import { splitOggPages } from '../src/audio/index.ts';
import { startServerProcess, temporaryDirectory } from './harness/server-process.ts';
import { signIn, untilClosed, walkEnvironment } from './harness/walk.ts';

const dialogue = walkDialogue.slice(4, 8);
const frameBytes = 640;

/** How clients put one packet on the wire. */
const clients: Record<
  string,
  { path: string; frames: (packet: Buffer, index: number) => readonly (string | Buffer)[] }
> = {
  'a phone that passes packets on': { path: '/ws', frames: (packet) => [packet] },
  'a phone with JSON headers': {
    path: '/ws_omi',
    frames: (packet) => [
      `${JSON.stringify({ type: 'audio-chunk', data: { rate: 16_000, width: 2, channels: 1 }, payload_length: packet.length })}\n`,
      packet,
    ],
  },
  'a pendant with its headers still on': {
    path: '/ws?header=omi',
    frames: (packet, index) => [
      Buffer.concat([Buffer.from([index & 255, (index >> 8) & 255, 0]), packet]),
    ],
  },
};

describe.skipIf(!isInstalled('flite') || !isInstalled(pocketSphinxProgram))(
  'the walk in Opus (needs flite and pocketsphinx)',
  () => {
    it.each(Object.keys(clients))(
      'remembers what %s sends, and keeps its packets',
      async (name) => {
        using directory = temporaryDirectory();
        const spoken = await speakDialogue(dialogue, { voices: walkVoices });
        const packets = encode(spoken.pcm);
        const recogniser = await startWyomingServer({ recognise: pocketSphinxRecogniser() });
        const server = await startServerProcess(directory.path, walkEnvironment(recogniser));
        try {
          const { client, token } = await signIn(server.url);
          const { path, frames } = clients[name]!;
          const url = new URL(path, server.url.replace('http', 'ws'));
          url.searchParams.set('token', token);
          url.searchParams.set('device_name', 'pendant');
          const socket = new WebSocket(url);
          await new Promise((resolve) => socket.once('message', resolve));
          for (const [index, packet] of packets.entries()) {
            for (const frame of frames(packet, index)) socket.send(frame);
            if (index % 8 === 7) await sleep(20);
          }
          socket.close(1000);

          const { conversation_id } = await untilClosed(client);
          const conversation = await client.conversation(conversation_id);
          expect(conversation.state).toBe('closed');
          const text = dialogue.map((line) => line.text).join(' ');
          expect(wordRecall(text, conversation.transcript ?? '')).toBeGreaterThanOrEqual(0.75);
          expect(conversation.memories.length).toBeGreaterThanOrEqual(1);

          const headers = { authorization: `Bearer ${token}` };
          const captureUrl = `${server.url}/api/captures/${conversation.ranges[0]!.capture_id}/audio`;
          const ogg = await fetch(captureUrl, { headers });
          expect(ogg.headers.get('content-type')).toContain('ogg');
          const stored = packetsOf(new Uint8Array(await ogg.arrayBuffer()));
          expect(stored.length).toBe(packets.length);
          expect(stored.every((packet, index) => packets[index]!.equals(packet))).toBe(true);
          const wav = await fetch(`${captureUrl}?format=wav`, { headers });
          expect((await wav.arrayBuffer()).byteLength).toBe(44 + packets.length * frameBytes);
        } finally {
          await server.stop();
          await recogniser.close();
        }
      },
    );
  },
);

function encode(pcm: Uint8Array): Buffer[] {
  const encoder = new Encoder({ channels: 1, sample_rate: 16_000, application: 'voip' });
  const packets: Buffer[] = [];
  for (let at = 0; at + frameBytes <= pcm.length; at += frameBytes) {
    packets.push(Buffer.from(encoder.encode(pcm.slice(at, at + frameBytes))));
  }
  return packets;
}

function packetsOf(ogg: Uint8Array): Uint8Array[] {
  const splitter = splitOggPages();
  const pages = [...splitter.push(ogg), ...splitter.end()];
  return pages.filter(({ hasSound }) => hasSound).flatMap(({ packets }) => packets);
}
