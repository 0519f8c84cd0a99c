import {
  isInstalled,
  pocketSphinxProgram,
  pocketSphinxRecogniser,
  speakDialogue,
  startWyomingServer,
  walkDialogue,
  walkVoices,
  wordErrorRate,
} from '@friend-lite/simulators';
import { describe, expect, it } from 'vitest';
import { speechFormat, wavHeader } from '../src/audio/index.ts';
import { bytesPerMs } from './harness/microphone.ts';
import { startServerProcess, temporaryDirectory } from './harness/server-process.ts';
import { until } from './harness/until.ts';
import { signIn } from './harness/walk.ts';

const dialogue = walkDialogue;
const never = new AbortController().signal;

/** What the server understands of a recording. */
async function transcribed(
  pcm: Uint8Array,
  environment: Readonly<Record<string, string>>,
): Promise<string> {
  using directory = temporaryDirectory();
  const server = await startServerProcess(directory.path, environment);
  try {
    const { client } = await signIn(server.url);
    const file = new Blob([wavHeader(speechFormat, pcm.length), Uint8Array.from(pcm)]);
    await client.upload([{ name: 'speech.wav', content: file }], { deviceName: 'recorder' });
    const closed = await until(async () => {
      const { conversations } = await client.conversations();
      const isOver = conversations.every(({ state }) => state === 'closed');
      return conversations.length > 0 && isOver ? conversations : null;
    }, 150_000);
    const pages = await Promise.all(
      closed.map(({ conversation_id: id }) => client.conversation(id)),
    );
    return pages
      .toReversed()
      .flatMap(({ segments }) => segments.map(({ text }) => text))
      .join(' ');
  } finally {
    await server.stop();
  }
}

describe.skipIf(!isInstalled('flite') || !isInstalled(pocketSphinxProgram))(
  'the word error rate of a real recogniser (needs flite and pocketsphinx)',
  () => {
    it('is no worse than by hand on the same file, over Wyoming and on this machine', async () => {
      const { pcm, lines } = await speakDialogue(dialogue, { voices: walkVoices });
      const reference = dialogue.map(({ text }) => text).join(' ');

      const recognise = pocketSphinxRecogniser();
      const asItIs = { sampleRateHz: 16_000, width: 2, channels: 1 } as const;
      const whole = await recognise({ pcm, ...asItIs }, never);
      const lineByLine = await Promise.all(
        lines.map(({ startMs, endMs }) => {
          const line = pcm.subarray(startMs * bytesPerMs, endMs * bytesPerMs);
          return recognise({ pcm: line, ...asItIs }, never);
        }),
      );
      const wyoming = await startWyomingServer({ recognise });
      try {
        const rates = {
          byHand: wordErrorRate(reference, whole),
          // Shown for comparison: it knows where each line begins and ends.
          byHandLineByLine: wordErrorRate(reference, lineByLine.join(' ')),
          serverOverWyoming: wordErrorRate(
            reference,
            await transcribed(pcm, {
              LOCAL_ASR_ENABLED: 'false',
              OFFLINE_ASR_TCP_URI: wyoming.uri,
            }),
          ),
          serverOnThisMachine: wordErrorRate(
            reference,
            await transcribed(pcm, { LOCAL_ASR_ENABLED: 'true' }),
          ),
        };
        console.log(
          Object.entries(rates)
            .map(([name, rate]) => `${name} ${(100 * rate).toFixed(1)} %`)
            .join(', '),
        );
        expect(rates.serverOverWyoming).toBeLessThanOrEqual(rates.byHand);
        expect(rates.serverOnThisMachine).toBeLessThanOrEqual(rates.byHand);
      } finally {
        await wyoming.close();
      }
    });
  },
);
