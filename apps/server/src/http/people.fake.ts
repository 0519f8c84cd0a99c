import type { PersonId, UserId, UtteranceId } from '@friend-lite/contract';
import type { Clock } from '../base/index.ts';
import {
  createPeople,
  type People,
  type Person,
  type PersonStore,
} from '../conversations/index.ts';

/** People, and the store in memory that holds them. */
export function fakePeople(clock: Clock): {
  readonly people: People;
  readonly personStore: PersonStore;
} {
  const personStore = fakePersonStore();
  return { people: createPeople(personStore, clock), personStore };
}

function fakePersonStore(): PersonStore {
  const people = new Map<PersonId, Person>();
  const owners = new Map<UtteranceId, PersonId>();
  const own = (userId: UserId, id: PersonId | undefined): Person | null => {
    const person = id === undefined ? undefined : people.get(id);
    return person?.userId === userId ? person : null;
  };
  const saidBy = (id: PersonId) => [...owners].filter(([, owner]) => owner === id);

  return {
    async add(person) {
      if (!people.has(person.id)) people.set(person.id, person);
    },
    async rename(userId, id, name) {
      const person = own(userId, id);
      if (!person) return null;
      const renamed = { ...person, name };
      people.set(id, renamed);
      return renamed;
    },
    list: async (userId) =>
      [...people.values()]
        .filter((person) => person.userId === userId)
        .sort((a, b) => a.name.localeCompare(b.name))
        .map((person) => ({ ...person, utteranceCount: saidBy(person.id).length })),
    speakersOf: async (userId, utterances) =>
      new Map(
        utterances.flatMap((id) => {
          const person = own(userId, owners.get(id));
          return person ? [[id, person] as const] : [];
        }),
      ),
    async assign(_, utterances, personId) {
      for (const id of utterances) {
        if (personId === null) owners.delete(id);
        else owners.set(id, personId);
      }
    },
    async merge(_, from, to) {
      const moved = saidBy(from);
      for (const [id] of moved) owners.set(id, to);
      people.delete(from);
      return moved.length;
    },
    async remove(userId, id) {
      if (!own(userId, id)) return false;
      for (const [utterance] of saidBy(id)) owners.delete(utterance);
      return people.delete(id);
    },
  };
}
