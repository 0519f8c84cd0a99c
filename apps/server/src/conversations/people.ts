import {
  personIdSchema,
  type PersonId,
  type UserId,
  type UtteranceId,
} from '@friend-lite/contract';
import { AppError, newUuid, type Clock } from '../base/index.ts';
import { carrySpeakers } from './carry-speakers.ts';
import type { Utterance } from './ports.ts';

/** Somebody who is heard, as the user calls them. */
export interface Person {
  readonly id: PersonId;
  readonly userId: UserId;
  readonly name: string;
  readonly createdAt: number;
}

export interface CountedPerson extends Person {
  /** How many utterances are theirs. */
  readonly utteranceCount: number;
}

/** People, and which utterances are theirs. Written by `conversations/` alone. */
export interface PersonStore {
  /** Adds a person; does nothing when the id exists. */
  add(person: Person): Promise<void>;
  /** Null when there is none. */
  rename(userId: UserId, id: PersonId, name: string): Promise<Person | null>;
  /** By name. */
  list(userId: UserId): Promise<readonly CountedPerson[]>;
  /** Whose these utterances are, for those that are somebody's. */
  speakersOf(
    userId: UserId,
    utterances: readonly UtteranceId[],
  ): Promise<ReadonlyMap<UtteranceId, Person>>;
  /** Gives the utterances to the person, or to nobody. */
  assign(
    userId: UserId,
    utterances: readonly UtteranceId[],
    personId: PersonId | null,
  ): Promise<void>;
  /** Gives everything `from` has said to `to`, and removes `from`; returns how many utterances. Atomically. */
  merge(userId: UserId, from: PersonId, to: PersonId): Promise<number>;
  /** Removes the person; what they said is nobody's. False when there is none. */
  remove(userId: UserId, id: PersonId): Promise<boolean>;
}

/** What is said of who speaks. */
export interface SpeakerClaim {
  readonly utteranceId: UtteranceId;
  readonly scope: 'segment' | 'conversation' | 'all';
  /** Somebody known, somebody by name (new where nobody is called so), or nobody. */
  readonly who: { readonly personId: PersonId } | { readonly name: string } | null;
}

export interface People {
  /** Gives the words of another transcript of the same sound to whom those of this one are given, where that is clear. */
  carryOver(userId: UserId, from: readonly Utterance[], to: readonly Utterance[]): Promise<void>;
  /**
   * Of utterances that are nobody's yet: gives them to those who are called so. Where nobody is, somebody is added.
   */
  recognised(userId: UserId, byName: ReadonlyMap<string, readonly UtteranceId[]>): Promise<void>;
  /** Adds somebody, or gives the one who is called so already (upper and lower case are alike). */
  named(userId: UserId, name: string): Promise<Person>;
  /** Throws `person_not_found`. */
  rename(userId: UserId, id: PersonId, name: string): Promise<Person>;
  /** The first keeps its name and takes over all that the others said. Throws `person_not_found`. */
  merge(userId: UserId, ids: readonly PersonId[]): Promise<Person>;
  /**
   * Says who spoke, of utterances of one transcript. In its `conversation` all go along that had the same speaker: the
   * same person, or the same label of the recogniser; with `all` everything else that person ever said, too.
   * Throws `segment_not_found` and `person_not_found`.
   */
  nameSpeaker(
    userId: UserId,
    utterances: readonly Utterance[],
    claim: SpeakerClaim,
  ): Promise<{ readonly person: Person | null; readonly utteranceCount: number }>;
}

export function createPeople(store: PersonStore, clock: Clock): People {
  async function find(userId: UserId, id: PersonId): Promise<Person> {
    const person = (await store.list(userId)).find((each) => each.id === id);
    if (!person) throw new AppError('person_not_found');
    return person;
  }

  async function named(userId: UserId, name: string): Promise<Person> {
    const wanted = name.toLowerCase();
    const known = (await store.list(userId)).find((each) => each.name.toLowerCase() === wanted);
    if (known) return known;
    const id = personIdSchema.parse(newUuid());
    const person = { id, userId, name, createdAt: clock.now() };
    await store.add(person);
    return person;
  }

  function whoIs(userId: UserId, who: SpeakerClaim['who']): Promise<Person> | null {
    if (who === null) return null;
    return 'name' in who ? named(userId, who.name) : find(userId, who.personId);
  }

  return {
    named,

    async carryOver(userId, from, to) {
      const idsOf = (utterances: readonly Utterance[]) => utterances.map(({ id }) => id);
      const speakers = await store.speakersOf(userId, idsOf(from));
      if (speakers.size === 0) return;
      const known = await store.speakersOf(userId, idsOf(to));
      const unknown = to.filter(({ id }) => !known.has(id));
      for (const [personId, ids] of carrySpeakers(from, speakers, unknown)) {
        await store.assign(userId, ids, personId);
      }
    },

    async recognised(userId, byName) {
      const known = await store.speakersOf(userId, [...byName.values()].flat());
      for (const [name, ids] of byName) {
        const unknown = ids.filter((id) => !known.has(id));
        if (unknown.length === 0) continue;
        await store.assign(userId, unknown, (await named(userId, name)).id);
      }
    },

    async rename(userId, id, name) {
      const renamed = await store.rename(userId, id, name);
      if (!renamed) throw new AppError('person_not_found');
      return renamed;
    },

    async merge(userId, ids) {
      const [kept, ...others] = [...new Set(ids)];
      if (!kept) throw new AppError('person_not_found');
      const people = await Promise.all([kept, ...others].map((id) => find(userId, id)));
      for (const id of others) await store.merge(userId, id, kept);
      return people[0] ?? find(userId, kept);
    },

    async nameSpeaker(userId, utterances, { utteranceId, scope, who }) {
      const pointed = utterances.find(({ id }) => id === utteranceId);
      if (!pointed) throw new AppError('segment_not_found');
      const person = await whoIs(userId, who);
      const speakers = await store.speakersOf(
        userId,
        utterances.map(({ id }) => id),
      );
      const speaker = speakers.get(utteranceId) ?? null;
      const isSame = (utterance: Utterance): boolean => {
        const other = speakers.get(utterance.id) ?? null;
        if (speaker || other) return speaker?.id === other?.id;
        return utterance.speaker === pointed.speaker;
      };
      const meant = scope === 'segment' ? [pointed] : utterances.filter(isSame);
      if (scope === 'all' && speaker && person && speaker.id !== person.id) {
        return { person, utteranceCount: await store.merge(userId, speaker.id, person.id) };
      }
      await store.assign(
        userId,
        meant.map(({ id }) => id),
        person?.id ?? null,
      );
      return { person, utteranceCount: meant.length };
    },
  };
}
