import fc from 'fast-check';
import { expect, it } from 'vitest';
import type { Memory, MemoryStore } from '../../src/memory/index.ts';
import { alice, bob, conversationId, memory, memoryId, start } from './samples.ts';
import { describeStore, type Subject } from './suite.ts';

const textsOf = (memories: readonly Memory[]) => memories.map(({ text }) => text);

export function describeMemoryStore(
  name: string,
  makeStore: () => Promise<Subject<MemoryStore>> | Subject<MemoryStore>,
): void {
  describeStore(`memories: ${name}`, makeStore, (memories) => {
    const add = (...found: readonly Memory[]) => memories().addMissing(alice, found);
    const addTexts = (...texts: readonly string[]) => add(...texts.map((text) => memory(text)));
    const search = async (query: string, limit = 10) =>
      textsOf((await memories().search(alice, query, limit)).map((found) => found.memory));

    it('gives a memory back, every field, to its user alone', async () => {
      const whole = memory('Ada lives in Zürich', {
        kind: 'place',
        entities: ['Ada', 'Zürich'],
        validUntil: start + 1000,
        updatedAt: start + 5,
      });
      await add(whole);
      expect(await memories().find(alice, whole.id)).toEqual(whole);
      expect(await memories().find(bob, whole.id)).toBeNull();
      expect(await memories().find(alice, memoryId('none'))).toBeNull();
    });

    it('adds what is not there yet, counts it, and leaves the others as they are', async () => {
      expect(await addTexts('one', 'two')).toBe(2);
      const changed = memory('two', { text: 'two, changed' });
      expect(await add(changed, memory('three'), memory('three'))).toBe(1);
      expect(await add()).toBe(0);
      expect(await memories().find(alice, memoryId('two'))).toEqual(memory('two'));
      expect(await memories().list(alice, { limit: 10, offset: 0 })).toMatchObject({ total: 3 });
      expect(await search('changed')).toEqual([]);
    });

    it('keeps the same id of two users apart', async () => {
      const secret = memory('the code is sparrow', { userId: bob });
      expect(await memories().addMissing(bob, [secret])).toBe(1);
      expect(await add(memory('the code is sparrow', { text: 'the code is falcon' }))).toBe(1);
      expect(await memories().find(bob, secret.id)).toEqual(secret);
      expect(await search('code sparrow')).toEqual(['the code is falcon']);
    });

    it('lists the newest first, page by page, with the total', async () => {
      for (const [text, age] of [
        ['second', 20],
        ['third', 10],
        ['first', 30],
      ] as const) {
        await add(memory(text, { createdAt: start - age }));
      }
      await memories().addMissing(bob, [memory('of Bob', { userId: bob })]);
      const all = await memories().list(alice, { limit: 10, offset: 0 });
      expect(textsOf(all.memories)).toEqual(['third', 'second', 'first']);
      expect(all.total).toBe(3);
      const page = await memories().list(alice, { limit: 1, offset: 1 });
      expect(textsOf(page.memories)).toEqual(['second']);
      expect(page.total).toBe(3);
    });

    it('lists those of a conversation in the order they were spoken', async () => {
      const spoken = (text: string, startMs: number, name = 'walk') =>
        memory(text, {
          provenance: {
            ...memory(text).provenance,
            conversationId: conversationId(name),
            startMs: start + startMs,
          },
        });
      await add(spoken('last', 90.5), spoken('first', 10), spoken('middle', 90.25));
      await add(spoken('elsewhere', 0, 'talk'));
      expect(textsOf(await memories().listByConversation(alice, conversationId('walk')))).toEqual([
        'first',
        'middle',
        'last',
      ]);
      expect(await memories().listByConversation(bob, conversationId('walk'))).toEqual([]);
    });

    it('finds a word in all its forms, in any case, with or without accents', async () => {
      await addTexts(
        'Wants to meet the gardener',
        'Reserved a table at the café',
        'Lives in ZÜRICH',
      );
      expect(await search('meeting')).toEqual(['Wants to meet the gardener']);
      expect(await search('GARDENERS')).toEqual(['Wants to meet the gardener']);
      expect(await search('CAFE')).toEqual(['Reserved a table at the café']);
      expect(await search('cafés')).toEqual(['Reserved a table at the café']);
      expect(await search('zurich')).toEqual(['Lives in ZÜRICH']);
      expect(await search('zu\u0308rich')).toEqual(['Lives in ZÜRICH']);
    });

    it('finds what holds any of the words, and ranks more of them higher', async () => {
      await addTexts(
        'Ordered flowers for Maria',
        'Ordered a cake for the birthday of Maria',
        'The birthday is in June',
        'Nothing of the kind',
      );
      const found = await search('birthday cake for Maria');
      expect(found).toHaveLength(3);
      expect(found[0]).toBe('Ordered a cake for the birthday of Maria');
    });

    it('does not let common words drown a rare one', async () => {
      await addTexts(
        'The zebra escaped',
        ...Array.from({ length: 30 }, (_, n) => `What is the time of the day ${n}`),
      );
      expect(await search('what is the zebra in the')).toEqual(['The zebra escaped']);
      expect((await search('time of the zebra day'))[0]).toBe('The zebra escaped');
    });

    it('finds common words when there are no others', async () => {
      await addTexts('Who is he', 'Nothing');
      expect(await search('who')).toEqual(['Who is he']);
    });

    it('finds a memory by its entities, and ranks a name above a mere word', async () => {
      const named = memory('Plays the violin since childhood, in an orchestra', {
        entities: ['Rose'],
      });
      await add(memory('A rose is in the garden'), memory('A rose is on the table'), named);
      await addTexts('Likes tea', 'Works late', 'Walks home', 'Sings well');
      expect((await search('rose'))[0]).toBe(named.text);
      expect(await search('rose')).toHaveLength(3);
    });

    it('scores within 0..1, best first, and keeps to the limit', async () => {
      await addTexts(
        'blue paint',
        'blue blue sky',
        'a blue house at the end of a long road',
        'red',
      );
      const found = await memories().search(alice, 'blue sky', 10);
      const scores = found.map(({ score }) => score);
      expect(scores).toEqual([...scores].sort((a, b) => b - a));
      for (const score of scores) {
        expect(score).toBeGreaterThan(0);
        expect(score).toBeLessThanOrEqual(1);
      }
      expect(await search('blue sky', 2)).toEqual(
        textsOf(found.slice(0, 2).map((one) => one.memory)),
      );
    });

    it('finds nothing for an empty query, or one without a word', async () => {
      await addTexts('something');
      for (const query of ['', '   ', '"', '* - + ()', '\0', '—'])
        expect(await search(query)).toEqual([]);
    });

    it('gives no character of a query a special meaning', async () => {
      await addTexts('Alpha and Beta', 'Alphabet soup', 'text of a column');
      const quoted = [
        '"Alpha',
        'Alpha"',
        'alpha*',
        '-alpha',
        '^alpha',
        '(alpha',
        'alpha OR',
        'AND alpha NOT',
        'NEAR(alpha)',
        'entities:alpha',
        'alpha + "',
        '{alpha}:',
        "alpha'; DROP TABLE memories; --",
        'alpha\0',
        'alpha_',
        'alpha\\',
        '%alpha%',
      ];
      for (const query of quoted) expect(await search(query), query).toContain('Alpha and Beta');
      for (const query of quoted) expect(await search(query), query).not.toContain('Alphabet soup');
      expect(await search('alph*')).toEqual([]);
      expect(await search('NOT beta')).toEqual(['Alpha and Beta']);
      expect(await memories().list(alice, { limit: 10, offset: 0 })).toMatchObject({ total: 3 });
    });

    it('answers any query at all', async () => {
      await addTexts('something');
      await fc.assert(
        fc.asyncProperty(fc.string({ unit: 'binary', maxLength: 200 }), async (query) => {
          await search(query);
        }),
        { numRuns: 200 },
      );
    });

    it('answers a very long query', async () => {
      await addTexts('a word in a haystack');
      expect(await search(`haystack ${'straw '.repeat(5000)}`)).toEqual(['a word in a haystack']);
    });

    it('finds the memories of the asking user alone', async () => {
      await addTexts('Plans a trip to Norway');
      await memories().addMissing(bob, [memory('Norway is cold', { userId: bob })]);
      expect(await search('norway')).toEqual(['Plans a trip to Norway']);
      expect(
        textsOf((await memories().search(bob, 'norway', 10)).map((found) => found.memory)),
      ).toEqual(['Norway is cold']);
    });
  });
}
