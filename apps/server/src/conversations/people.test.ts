import { utteranceIdSchema, userIdSchema } from '@friend-lite/contract';
import { beforeEach, describe, expect, it } from 'vitest';
import { openSqlite, type SqliteStores } from '../adapters/sqlite/index.ts';
import { fakeClock } from '../base/fake-clock.ts';
import { createPeople, type People } from './people.ts';
import type { Utterance } from './ports.ts';

const alice = userIdSchema.parse('a'.repeat(24));

let stores: SqliteStores;
let people: People;
beforeEach(() => {
  const clock = fakeClock();
  stores = openSqlite({ path: ':memory:', clock });
  people = createPeople(stores.people, clock);
  return () => stores.close();
});

/** Utterances of one conversation, by the labels of their speakers. */
const spoken = (version: string, ...labels: readonly (string | null)[]): readonly Utterance[] =>
  labels.map((speaker, index) => ({
    id: utteranceIdSchema.parse(`${version}:${index}`),
    startMs: index * 1000,
    endMs: index * 1000 + 900,
    text: 'words',
    speaker,
    confidence: null,
    words: [],
  }));

async function speakers(utterances: readonly Utterance[]): Promise<readonly (string | null)[]> {
  const known = await stores.people.speakersOf(
    alice,
    utterances.map(({ id }) => id),
  );
  return utterances.map(({ id }) => known.get(id)?.name ?? null);
}

const name = (
  utterances: readonly Utterance[],
  index: number,
  who: string,
  scope = 'conversation',
) =>
  people.nameSpeaker(alice, utterances, {
    utteranceId: utterances[index]!.id,
    scope: scope as 'segment' | 'conversation' | 'all',
    who: { name: who },
  });

const monday = spoken('m', '0', '1', '0', '1', null);
const tuesday = spoken('t', '0', '0');

describe('naming who speaks', () => {
  it('names all that have the same label in the conversation', async () => {
    const { utteranceCount } = await name(monday, 0, 'Ada');
    expect(utteranceCount).toBe(2);
    expect(await speakers(monday)).toEqual(['Ada', null, 'Ada', null, null]);
    expect(await speakers(tuesday)).toEqual([null, null]);
  });

  it('splits what the recogniser took for one voice, and merges what it took for two', async () => {
    await name(monday, 0, 'Ada');
    await name(monday, 2, 'Zoe', 'segment');
    await name(monday, 1, 'ADA');
    expect(await speakers(monday)).toEqual(['Ada', 'Ada', 'Zoe', 'Ada', null]);
    expect(
      (await stores.people.list(alice)).map((each) => [each.name, each.utteranceCount]),
    ).toEqual([
      ['Ada', 3],
      ['Zoe', 1],
    ]);
  });

  it('moves everything a person ever said to another, when that is asked for', async () => {
    await name(monday, 0, 'Adda');
    await name(tuesday, 0, 'Adda');
    expect((await name(monday, 0, 'Ada', 'all')).utteranceCount).toBe(4);
    expect(await speakers(tuesday)).toEqual(['Ada', 'Ada']);
    expect(await stores.people.list(alice)).toHaveLength(1);
  });

  it('takes a name back', async () => {
    await name(monday, 0, 'Ada');
    const { utteranceCount } = await people.nameSpeaker(alice, monday, {
      utteranceId: monday[0]!.id,
      scope: 'conversation',
      who: null,
    });
    expect(utteranceCount).toBe(2);
    expect(await speakers(monday)).toEqual([null, null, null, null, null]);
  });

  it('refuses what it does not know', async () => {
    const unknown = utteranceIdSchema.parse('x:0');
    await expect(
      people.nameSpeaker(alice, monday, { utteranceId: unknown, scope: 'all', who: null }),
    ).rejects.toMatchObject({ code: 'segment_not_found' });
    const ada = await people.named(alice, 'Ada');
    await stores.people.remove(alice, ada.id);
    await expect(
      people.nameSpeaker(alice, monday, {
        utteranceId: monday[0]!.id,
        scope: 'all',
        who: { personId: ada.id },
      }),
    ).rejects.toMatchObject({ code: 'person_not_found' });
    await expect(people.rename(alice, ada.id, 'Eve')).rejects.toMatchObject({
      code: 'person_not_found',
    });
  });
});

describe('people', () => {
  it('are merged: the first keeps its name and takes over what the others said', async () => {
    await name(monday, 0, 'Ada');
    await name(monday, 1, 'Addie');
    const [ada, addie] = await stores.people.list(alice);
    const kept = await people.merge(alice, [ada!.id, addie!.id]);
    expect(kept.name).toBe('Ada');
    expect(await speakers(monday)).toEqual(['Ada', 'Ada', 'Ada', 'Ada', null]);
  });
});
