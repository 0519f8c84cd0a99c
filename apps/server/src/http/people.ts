import {
  mergePeopleSchema,
  namedSpeakerSchema,
  namePersonSchema,
  nameSpeakerSchema,
  peopleSchema,
  personIdSchema,
  personSchema,
  removedPersonSchema,
  utteranceIdSchema,
  type PersonBody,
  type PersonId,
  type UserId,
} from '@friend-lite/contract';
import { z } from 'zod';
import { AppError } from '../base/index.ts';
import type { CountedPerson, SpeakerClaim } from '../conversations/index.ts';
import { sessionOf } from './authentication.ts';
import { findConversation } from './conversations.ts';
import type { HttpDeps } from './deps.ts';
import type { App } from './fastify.ts';
import { isoTime } from './wire/time.ts';

type PeopleDeps = Pick<HttpDeps, 'conversations' | 'people' | 'personStore'>;

const params = z.object({ personId: z.string() });

/** Who speaks: each user's own people, and whose words are whose. */
export function registerPeople(app: App, deps: PeopleDeps): void {
  const { people, personStore } = deps;

  async function bodyOf(userId: UserId, id: PersonId): Promise<PersonBody> {
    const person = (await personStore.list(userId)).find((each) => each.id === id);
    if (!person) throw new AppError('person_not_found');
    return personBody(person);
  }

  app.get('/api/people', { schema: { response: { 200: peopleSchema } } }, async (request) => {
    const known = await personStore.list(sessionOf(request).user.id);
    return { people: known.map(personBody) };
  });

  app.post(
    '/api/people',
    { schema: { body: namePersonSchema, response: { 200: personSchema } } },
    async (request) => {
      const { id: userId } = sessionOf(request).user;
      const { id } = await people.named(userId, request.body.name);
      return bodyOf(userId, id);
    },
  );

  app.patch(
    '/api/people/:personId',
    { schema: { params, body: namePersonSchema, response: { 200: personSchema } } },
    async (request) => {
      const { id: userId } = sessionOf(request).user;
      const { id } = await people.rename(userId, idOf(request.params), request.body.name);
      return bodyOf(userId, id);
    },
  );

  app.post(
    '/api/people/merge',
    { schema: { body: mergePeopleSchema, response: { 200: personSchema } } },
    async (request) => {
      const { id: userId } = sessionOf(request).user;
      const ids = request.body.person_ids.map((personId) => idOf({ personId }));
      return bodyOf(userId, (await people.merge(userId, ids)).id);
    },
  );

  app.delete(
    '/api/people/:personId',
    { schema: { params, response: { 200: removedPersonSchema } } },
    async (request) => {
      const isRemoved = await personStore.remove(sessionOf(request).user.id, idOf(request.params));
      if (!isRemoved) throw new AppError('person_not_found');
      return { message: 'Person removed' };
    },
  );

  app.post(
    '/api/conversations/:conversationId/speakers',
    {
      schema: {
        params: z.object({ conversationId: z.string() }),
        body: nameSpeakerSchema,
        response: { 200: namedSpeakerSchema },
      },
    },
    async (request) => {
      const { id: userId } = sessionOf(request).user;
      const conversation = await findConversation(deps, userId, request.params.conversationId);
      const { activeTranscriptId } = conversation;
      const transcript = activeTranscriptId
        ? await deps.conversations.findTranscript(userId, activeTranscriptId)
        : null;
      const { segment_id, scope, person_id, name } = request.body;
      const { person, utteranceCount } = await people.nameSpeaker(
        userId,
        transcript?.utterances ?? [],
        {
          utteranceId: utteranceIdSchema.parse(segment_id),
          scope,
          who: claimedBy(person_id ?? null, name),
        },
      );
      return {
        person: person && (await bodyOf(userId, person.id)),
        segment_count: utteranceCount,
      };
    },
  );
}

function claimedBy(personId: string | null, name: string | undefined): SpeakerClaim['who'] {
  if (name !== undefined) return { name };
  return personId === null ? null : { personId: idOf({ personId }) };
}

/** What is no id is nobody's. */
function idOf({ personId }: { readonly personId: string }): PersonId {
  const id = personIdSchema.safeParse(personId);
  if (!id.success) throw new AppError('person_not_found');
  return id.data;
}

function personBody({ id, name, createdAt, utteranceCount }: CountedPerson): PersonBody {
  return {
    person_id: id,
    name,
    created_at: isoTime(createdAt),
    segment_count: utteranceCount,
  };
}
