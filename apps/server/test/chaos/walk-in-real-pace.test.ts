import { isInstalled, pocketSphinxProgram } from '@friend-lite/simulators';
import { expect, it } from 'vitest';
import { walk } from '../harness/walk.ts';

it.skipIf(!isInstalled('flite') || !isInstalled(pocketSphinxProgram))(
  'remembers a dialogue streamed as it is spoken',
  async () => {
    const findings = await walk({ speed: 1 });
    expect(findings.conversationCount).toBe(1);
    expect(findings.recall).toBeGreaterThanOrEqual(0.75);
    expect(findings.memories.length).toBeGreaterThanOrEqual(3);
    expect(findings.search).toMatchObject({ isInSound: true });
    expect(findings.isCaptureBitEqual).toBe(true);
    expect(findings.isConversationBitEqual).toBe(true);
  },
);
