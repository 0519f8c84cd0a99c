import { utteranceIdSchema } from '@friend-lite/contract';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { afterEach, describe, expect, it } from 'vitest';
import { ProviderError, systemClock } from '../../base/index.ts';
import { fakeClock } from '../../base/fake-clock.ts';
import { rulesExtractor, type RulesExtractor } from './rules-extractor.ts';

const never = new AbortController().signal;

function said(...texts: readonly string[]) {
  return {
    utterances: texts.map((text, index) => ({
      id: utteranceIdSchema.parse(`version:${index}`),
      startMs: 1_750_000_000_000 + index * 4_000,
      endMs: 1_750_000_000_000 + index * 4_000 + 3_000,
      text,
      speaker: null,
      confidence: null,
      words: [],
    })),
  };
}

describe('the extractor without a model', () => {
  let extractor: RulesExtractor;
  afterEach(() => extractor.close());

  it('gives statements with the utterances they come from', async () => {
    extractor = rulesExtractor(systemClock);
    expect(extractor).toMatchObject({ name: 'rules', model: null });
    const extraction = await extractor.extract(said('good morning', 'i live in boston'), never);
    expect(extraction).toMatchObject({
      kind: 'memories',
      candidates: [
        {
          kind: 'fact',
          text: 'I live in Boston.',
          entities: ['Boston'],
          utteranceIds: ['version:1'],
        },
      ],
    });
  });

  it('says so when there is nothing to remember', async () => {
    extractor = rulesExtractor(systemClock);
    const extraction = await extractor.extract(said('good morning', 'how are you'), never);
    expect(extraction).toEqual({ kind: 'nothing-to-remember' });
  });

  it('answers several at once, each with its own', async () => {
    extractor = rulesExtractor(systemClock);
    const cities = ['Boston', 'Chicago', 'London'];
    const answers = await Promise.all(
      cities.map((city) => extractor.extract(said(`i live in ${city.toLowerCase()}`), never)),
    );
    expect(
      answers.map((answer) => answer.kind === 'memories' && answer.candidates[0].text),
    ).toEqual(cities.map((city) => `I live in ${city}.`));
  });

  it('leaves the event loop free while it reads three hours of talk', async () => {
    extractor = rulesExtractor(systemClock);
    const talk = said(
      ...Array.from(
        { length: 3_000 },
        (_, i) => `i need to buy ${i} apples for my sister sarah on friday`,
      ),
    );
    const delay = monitorEventLoopDelay({ resolution: 1 });
    delay.enable();
    await extractor.extract(talk, never);
    delay.disable();
    // The reading takes seconds; a machine busy with other tests may hold a thread for a while.
    expect(delay.percentile(99) / 1e6).toBeLessThan(100);
  });

  it('stops when told to, and reads the next conversation', async () => {
    extractor = rulesExtractor(systemClock);
    const stop = new AbortController();
    const stopped = extractor.extract(said('i live in boston'), stop.signal);
    stop.abort(new Error('shutting down'));
    await expect(stopped).rejects.toThrow('shutting down');
    expect(await extractor.extract(said('i live in chicago'), never)).toMatchObject({
      candidates: [{ text: 'I live in Chicago.' }],
    });
  });

  it('gives up on a reading that hangs, and reads the next conversation', async () => {
    const clock = fakeClock();
    extractor = rulesExtractor(clock);
    const hanging = extractor.extract(said('i live in boston'), never);
    const outcome = hanging.catch((error: unknown) => error);
    await Promise.resolve();
    await Promise.resolve();
    clock.advance(60_000);
    expect(await outcome).toBeInstanceOf(ProviderError);
    expect(await extractor.extract(said('i live in chicago'), never)).toMatchObject({
      candidates: [{ text: 'I live in Chicago.' }],
    });
  });
});
