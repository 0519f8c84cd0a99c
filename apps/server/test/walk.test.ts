import { isInstalled, pocketSphinxProgram } from '@friend-lite/simulators';
import { describe, expect, it } from 'vitest';
import { walk, type WalkFindings } from './harness/walk.ts';

const hasVoices = isInstalled('flite') && isInstalled(pocketSphinxProgram);

/** The promises of the main job, whatever the pace. */
function expectWhole(findings: WalkFindings): void {
  expect(findings.conversationCount).toBe(1);
  expect(findings.conversation.state).toBe('closed');
  expect(findings.conversation.close_reason).toBe('timeout');
  expect(findings.conversation.coverage).toBe(1);
  expect(findings.recall).toBeGreaterThanOrEqual(0.75);
  expect(findings.memories.length).toBeGreaterThanOrEqual(3);
  expect(findings.search).toMatchObject({ isInSound: true });
  expect(findings.isCaptureBitEqual).toBe(true);
  expect(findings.isConversationBitEqual).toBe(true);
  expect(findings.conversation.cropped_audio_path).not.toBeNull();
}

describe.skipIf(!hasVoices)('the walk (needs flite and pocketsphinx)', () => {
  it('remembers a dialogue streamed at speed 8', async () => {
    expectWhole(await walk({ speed: 8 }));
  });
});
