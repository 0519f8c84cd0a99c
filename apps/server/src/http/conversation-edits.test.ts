import { editIdSchema, type ConversationId, type UserId } from '@friend-lite/contract';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { fakeClock } from '../base/fake-clock.ts';
import { derivedUuid } from '../base/index.ts';
import { openHouse, startedAt, type House } from './house.fake.ts';

let house: House;
let calls: unknown[][];
/** What bob's conversation became part of; ada's in turn became part of root's. */
let isMerged: boolean;

beforeAll(async () => {
  house = await openHouse(fakeClock(), {
    override: ({ conversations, annotateConversation, deleteConversation }) => {
      const changed = async (userId: UserId, id: ConversationId) => {
        const found = await conversations.find(userId, id);
        if (!found) throw new Error('never asked for what is not there');
        return found;
      };
      const note = (...call: unknown[]) => void calls.push(call);
      return {
        conversations: {
          ...conversations,
          async find(userId, id) {
            const found = await conversations.find(userId, id);
            return found && isMerged ? { ...found, mergedInto: lastId } : found;
          },
        },
        annotateConversation(userId, id, notes) {
          note('annotate', userId, id, notes);
          return annotateConversation(userId, id, notes);
        },
        async deleteConversation(conversation, how) {
          note('delete', conversation.userId, conversation.id, how);
          return deleteConversation(conversation, how);
        },
        edits: {
          async split(userId, id, atMs) {
            note('split', userId, id, atMs);
            const first = await changed(userId, id);
            return [{ ...first, startedAt: startedAt + 1 }, first];
          },
          async merge(userId, ids) {
            note('merge', userId, ids);
            return changed(userId, ids[0]!);
          },
          async trim(userId, id, kept) {
            note('trim', userId, id, kept);
            return changed(userId, id);
          },
          async activate(userId, id, versionId) {
            note('activate', userId, id, versionId);
            return changed(userId, id);
          },
          async correct(userId, id, texts) {
            note('correct', userId, id, [...texts]);
            return changed(userId, id);
          },
          async undo(userId, id) {
            note('undo', userId, id);
            return [await changed(userId, id)];
          },
          async history(userId, id) {
            const conversation = await changed(userId, id);
            return [
              {
                id: editIdSchema.parse(derivedUuid('edit')),
                userId,
                kind: 'merge' as const,
                at: startedAt,
                before: [conversation, { ...conversation, id: lastId }],
                after: [conversation, { ...conversation, id: lastId, mergedInto: id }],
                memories: [],
                transcriptIds: [],
                undoneAt: null,
              },
            ];
          },
        },
      };
    },
  });
});
afterAll(() => house.app.close());
beforeEach(() => {
  [calls, isMerged] = [[], false];
});

const lastId = 'ffffffff-0000-4000-8000-000000000000' as ConversationId;

async function ask(
  name: string,
  method: 'GET' | 'POST' | 'PATCH' | 'DELETE',
  url: string,
  payload?: object,
) {
  const { authorization } = await house.as(name);
  const body = payload === undefined ? {} : { payload };
  return house.app.inject({ method, url, headers: { authorization }, ...body });
}

const idOf = (name: string) => house.of(name).conversation.id;

/** Each way to change a conversation. */
const changes = (id: string) =>
  [
    ['PATCH', `/api/conversations/${id}`, { title: 'Tea' }],
    ['DELETE', `/api/conversations/${id}`, undefined],
    ['POST', `/api/conversations/${id}/split`, { at_seconds: 4 }],
    ['POST', '/api/conversations/merge', { conversation_ids: [id, id] }],
    ['POST', `/api/conversations/${id}/trim`, { start_seconds: 1 }],
    ['POST', `/api/conversations/${id}/undo`, {}],
    ['GET', `/api/conversations/${id}/history`, undefined],
  ] as const;

describe('changing a conversation', () => {
  it('is its owner’s, by its id or its audio uuid', async () => {
    for (const id of [idOf('ada'), idOf('ada').replaceAll('-', ''), idOf('ada').toUpperCase()]) {
      for (const [method, url, payload] of changes(id)) {
        const response = await ask('ada', method, url, payload);
        expect(response.statusCode, `${method} ${url}`).toBe(200);
      }
    }
    const owner = house.of('ada').user.id;
    expect(calls.every(([, userId]) => userId === owner)).toBe(true);
  });

  it('is nobody else’s, not even an administrator’s', async () => {
    for (const name of ['bob', 'root']) {
      for (const [method, url, payload] of changes(idOf('ada'))) {
        const response = await ask(name, method, url, payload);
        expect(response.json(), `${method} ${url}`).toMatchObject({
          code: 'conversation_not_found',
        });
      }
    }
    expect(calls).toEqual([]);
  });

  it('tells where one that was merged is now', async () => {
    isMerged = true;
    for (const [method, url, payload] of [
      ...changes(idOf('ada')),
      ['GET', `/api/conversations/${idOf('ada')}`, undefined],
    ] as const) {
      const response = await ask('ada', method, url, payload);
      expect(response.statusCode, `${method} ${url}`).toBe(410);
      expect(response.json()).toMatchObject({
        code: 'conversation_merged',
        message: `This conversation became part of ${lastId}`,
      });
      expect(response.headers.location).toBe(`/api/conversations/${lastId}`);
    }
    expect(calls).toEqual([]);
  });

  it('names and pins', async () => {
    const url = `/api/conversations/${idOf('ada')}`;
    const response = await ask('ada', 'PATCH', url, { title: ' Tea ', pinned: true });
    expect(response.json()).toMatchObject({ conversation: { title: 'Tea', pinned: true } });
    await ask('ada', 'PATCH', url, { pinned: false });
    expect(calls.map((call) => call.at(-1))).toEqual([
      { title: 'Tea', isPinned: true },
      { isPinned: false },
    ]);
  });

  it('deletes, with the recordings where that is asked for, and says what went', async () => {
    const url = `/api/conversations/${idOf('ada')}`;
    const gone = { conversation_id: idOf('ada'), transcripts: 1, memories: 1, cropped_audio: true };
    expect((await ask('ada', 'DELETE', url)).json()).toMatchObject({ ...gone, audio_segments: 0 });
    const whole = await ask('ada', 'DELETE', `${url}?delete_audio=true`);
    expect(whole.json()).toMatchObject({ ...gone, audio_segments: 2 });
    expect((await ask('ada', 'DELETE', `${url}?delete_audio=1`)).statusCode).toBe(422);
  });

  it('takes places in seconds', async () => {
    const url = `/api/conversations/${idOf('ada')}`;
    const split = await ask('ada', 'POST', `${url}/split`, { at_seconds: 2.0004 });
    await ask('ada', 'POST', `${url}/trim`, { end_seconds: 1.5 });
    await ask('ada', 'POST', `${url}/trim`, { start_seconds: 1 });
    expect(calls.map((call) => call.at(-1))).toEqual([
      2000,
      { startMs: 0, endMs: 1500 },
      { startMs: 1000, endMs: Infinity },
    ]);
    const { conversations } = split.json<{ conversations: { started_at: string }[] }>();
    expect(conversations.map(({ started_at }) => started_at)).toEqual([
      '2025-06-15T12:00:00.250Z',
      '2025-06-15T12:00:00.251Z',
    ]);
  });

  it('lists what was done', async () => {
    const response = await ask('ada', 'GET', `/api/conversations/${idOf('ada')}/history`);
    expect(response.json()).toEqual({
      edits: [
        {
          edit_id: derivedUuid('edit'),
          kind: 'merge',
          at: '2025-06-15T12:00:00.250Z',
          undone_at: null,
          conversations_before: [idOf('ada'), lastId],
          conversations_after: [idOf('ada')],
        },
      ],
    });
  });

  it.each([
    ['PATCH', '', {}],
    ['PATCH', '', { title: ' ' }],
    ['PATCH', '', { title: 'a'.repeat(201) }],
    ['POST', '/split', {}],
    ['POST', '/split', { at_seconds: -1 }],
    ['POST', '/split', { at_seconds: '3' }],
    ['POST', '/trim', { end_seconds: -1 }],
  ] as const)('refuses %s %s %j', async (method, path, payload) => {
    const response = await ask('ada', method, `/api/conversations/${idOf('ada')}${path}`, payload);
    expect(response.json()).toMatchObject({ code: 'invalid_request' });
    expect(calls).toEqual([]);
  });

  it('refuses to merge fewer than two', async () => {
    const payload = { conversation_ids: [idOf('ada')] };
    const response = await ask('ada', 'POST', '/api/conversations/merge', payload);
    expect(response.json()).toMatchObject({ code: 'invalid_request' });
  });
});
