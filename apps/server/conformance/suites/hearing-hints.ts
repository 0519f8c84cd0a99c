import { expect, it } from 'vitest';
import type { HearingHintsStore } from '../../src/transcription/index.ts';
import { alice, bob } from './samples.ts';
import { describeStore, type Subject } from './suite.ts';

export function describeHearingHintsStore(
  name: string,
  makeStore: () => Promise<Subject<HearingHintsStore>> | Subject<HearingHintsStore>,
): void {
  describeStore(`hearing hints: ${name}`, makeStore, (hints) => {
    it('keeps the last that a user said, for that user alone', async () => {
      expect(await hints().find(alice)).toBeNull();
      await hints().put(alice, { language: 'de', keyterms: ['Zürich', 'Ada'] });
      await hints().put(bob, { language: null, keyterms: [] });
      await hints().put(alice, { language: 'en', keyterms: ['Ada'] });
      expect(await hints().find(alice)).toEqual({ language: 'en', keyterms: ['Ada'] });
      expect(await hints().find(bob)).toEqual({ language: null, keyterms: [] });
    });
  });
}
