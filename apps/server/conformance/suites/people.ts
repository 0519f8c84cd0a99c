import { personIdSchema, utteranceIdSchema } from '@friend-lite/contract';
import { expect, it } from 'vitest';
import { derivedUuid } from '../../src/base/index.ts';
import type { Person, PersonStore } from '../../src/conversations/index.ts';
import { alice, bob, start } from './samples.ts';
import { describeStore, type Subject } from './suite.ts';

const personId = (name: string) => personIdSchema.parse(derivedUuid('person', name));
const person = (name: string, change: Partial<Person> = {}): Person => ({
  id: personId(name),
  userId: alice,
  name,
  createdAt: start,
  ...change,
});
const said = (...numbers: readonly number[]) =>
  numbers.map((number) => utteranceIdSchema.parse(`v:${number}`));

export function describePersonStore(
  name: string,
  makeStore: () => Promise<Subject<PersonStore>> | Subject<PersonStore>,
): void {
  describeStore(`people: ${name}`, makeStore, (people) => {
    const namesOf = async (user = alice) =>
      (await people().list(user)).map((each) => [each.name, each.utteranceCount]);
    const speakers = async (user = alice) =>
      [...(await people().speakersOf(user, said(1, 2, 3, 4)))].map(([id, { name: who }]) => [
        id,
        who,
      ]);

    it('lists people by name, each user their own', async () => {
      await people().add(person('Zoe'));
      await people().add(person('ada'));
      await people().add(person('ada', { name: 'Somebody else' }));
      await people().add(person('Bo', { userId: bob }));
      expect(await namesOf()).toEqual([
        ['ada', 0],
        ['Zoe', 0],
      ]);
      expect(await namesOf(bob)).toEqual([['Bo', 0]]);
    });

    it('renames, and only what is there and the user’s own', async () => {
      await people().add(person('Ada'));
      expect(await people().rename(bob, personId('Ada'), 'Eve')).toBeNull();
      expect(await people().rename(alice, personId('Zoe'), 'Eve')).toBeNull();
      expect(await people().rename(alice, personId('Ada'), 'Eve')).toEqual(
        person('Ada', { name: 'Eve' }),
      );
    });

    it('knows whose an utterance is: the last one it was given to, or nobody', async () => {
      for (const each of ['Ada', 'Zoe']) await people().add(person(each));
      await people().assign(alice, said(1, 2, 3), personId('Ada'));
      await people().assign(alice, said(2), personId('Zoe'));
      await people().assign(alice, said(3), null);
      expect(await speakers()).toEqual([
        ['v:1', 'Ada'],
        ['v:2', 'Zoe'],
      ]);
      expect(await speakers(bob)).toEqual([]);
    });

    it('merges one into another, with all they said', async () => {
      for (const each of ['Ada', 'Zoe']) await people().add(person(each));
      await people().assign(alice, said(1), personId('Ada'));
      await people().assign(alice, said(2, 3), personId('Zoe'));
      expect(await people().merge(alice, personId('Zoe'), personId('Ada'))).toBe(2);
      expect(await namesOf()).toEqual([['Ada', 3]]);
    });

    it('removes a person, whose words are nobody’s then', async () => {
      await people().add(person('Ada'));
      await people().assign(alice, said(1), personId('Ada'));
      expect(await people().remove(bob, personId('Ada'))).toBe(false);
      expect(await people().remove(alice, personId('Ada'))).toBe(true);
      expect(await people().remove(alice, personId('Ada'))).toBe(false);
      expect(await speakers()).toEqual([]);
    });
  });
}
