import { jobIdSchema, transcriptVersionIdSchema } from '@friend-lite/contract';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { fakeClock } from '../base/fake-clock.ts';
import { AppError, derivedUuid } from '../base/index.ts';
import { openHouse, type House } from './house.fake.ts';

const otherId = transcriptVersionIdSchema.parse(derivedUuid('other version'));
let house: House;
let calls: unknown[][];
let resets: string[];

beforeAll(async () => {
  house = await openHouse(fakeClock(), {
    override(deps) {
      const { conversations, edits } = deps;
      return {
        conversations: {
          ...conversations,
          async listTranscripts(userId, id) {
            const versions = await conversations.listTranscripts(userId, id);
            return versions.flatMap((version) => [
              version,
              {
                ...version,
                id: otherId,
                utterances: version.utterances.map((each) => ({ ...each, text: 'quite another' })),
              },
            ]);
          },
        },
        edits: {
          ...edits,
          async activate(userId, id, versionId) {
            if (versionId !== otherId) throw new AppError('transcript_of_other_range');
            calls.push(['activate', userId, id]);
            const found = await conversations.find(userId, id);
            if (!found) throw new AppError('conversation_not_found');
            return found;
          },
          async correct(userId, id, texts) {
            calls.push(['correct', userId, id, ...texts]);
            const found = await conversations.find(userId, id);
            if (!found) throw new AppError('conversation_not_found');
            return found;
          },
        },
        async retranscribe({ userId, id }, provider) {
          calls.push(['retranscribe', userId, id, provider]);
          const job = {
            id: jobIdSchema.parse(derivedUuid('job')),
            kind: 'retranscribe',
            key: 'key',
            userId,
            payload: {},
            state: 'queued' as const,
            attempts: 0,
            runAt: 0,
            createdAt: 0,
            finishedAt: null,
            note: null,
          };
          return { job, versionId: otherId };
        },
        transcribers: {
          describe: () => [
            {
              name: 'wyoming',
              isLive: false,
              tellsSpeakersApart: false,
              available: false,
              reason: 'does not answer',
              breaker: 'open',
            },
          ],
          reset(name) {
            resets.push(name);
            return name === 'wyoming';
          },
        },
      };
    },
  });
});
afterAll(() => house.app.close());
beforeEach(() => {
  [calls, resets] = [[], []];
});

async function ask(
  name: string,
  method: 'GET' | 'POST' | 'PATCH' | 'PUT',
  path: string,
  payload?: object,
) {
  const { authorization } = await house.as(name);
  const url = path.replace('ADA', `/api/conversations/${house.of('ada').conversation.id}`);
  const body = payload === undefined ? {} : { payload };
  return house.app.inject({ method, url, headers: { authorization }, ...body });
}

describe('another version of the words', () => {
  it('is asked of any recogniser, or of one', async () => {
    const { userId, id } = house.of('ada').conversation;
    const any = await ask('ada', 'POST', 'ADA/reprocess-transcript');
    expect(any.json()).toMatchObject({ version_id: otherId, status: 'queued' });
    expect(
      (await ask('ada', 'POST', 'ADA/reprocess-transcript', { provider: 'wyoming' })).statusCode,
    ).toBe(200);
    expect(calls).toEqual([
      ['retranscribe', userId, id, null],
      ['retranscribe', userId, id, 'wyoming'],
    ]);
    const unknown = await ask('ada', 'POST', 'ADA/reprocess-transcript', { provider: 'nobody' });
    expect(unknown.json()).toMatchObject({
      code: 'transcriber_not_found',
      error: 'There is no such recogniser; there are: wyoming',
    });
  });

  it('is made the active one', async () => {
    const answer = await ask('ada', 'POST', `ADA/activate-transcript/${otherId}`);
    expect(answer.json()).toMatchObject({ active_transcript_version: otherId });
    for (const [versionId, code] of [
      ['no-id', 'transcript_not_found'],
      [derivedUuid('third'), 'transcript_of_other_range'],
    ]) {
      const refused = await ask('ada', 'POST', `ADA/activate-transcript/${versionId}`);
      expect(refused.json()).toMatchObject({ code });
    }
  });

  it('is made by hand', async () => {
    const segments = [{ segment_id: 'a:0', text: ' tea ' }];
    expect((await ask('ada', 'PATCH', 'ADA/transcript', { segments })).statusCode).toBe(200);
    expect(calls[0]?.slice(3)).toEqual([['a:0', 'tea']]);
    for (const wrong of [{}, { segments: [] }, { segments: [{ segment_id: 'a:0' }] }]) {
      expect((await ask('ada', 'PATCH', 'ADA/transcript', wrong)).statusCode).toBe(422);
    }
  });

  it('is compared word by word with the active one, or with any', async () => {
    const diff = await ask('ada', 'GET', `ADA/versions/${otherId}/diff`);
    const { changes } = diff.json<{ changes: { kind: string; text: string }[] }>();
    const spoken = house.of('ada').transcript.utterances[0]!.text;
    const joined = (kind: string) =>
      changes
        .filter((change) => change.kind === 'same' || change.kind === kind)
        .map(({ text }) => text)
        .join('');
    expect([joined('removed'), joined('added')]).toEqual([spoken, 'quite another']);
    const same = await ask('ada', 'GET', `ADA/versions/${otherId}/diff?against=${otherId}`);
    expect(same.json()).toMatchObject({ changes: [{ kind: 'same', text: 'quite another' }] });
    const none = await ask('ada', 'GET', 'ADA/versions/nothing/diff');
    expect(none.json()).toMatchObject({ code: 'transcript_not_found' });
  });

  it('is nobody else’s business', async () => {
    for (const name of ['bob', 'root']) {
      for (const [method, path, payload] of [
        ['POST', 'ADA/reprocess-transcript', {}],
        ['POST', `ADA/activate-transcript/${otherId}`, {}],
        ['PATCH', 'ADA/transcript', { segments: [{ segment_id: 'a:0', text: 'x' }] }],
        ['GET', `ADA/versions/${otherId}/diff`, undefined],
      ] as const) {
        expect((await ask(name, method, path, payload)).statusCode, path).toBe(404);
      }
    }
    expect(calls).toEqual([]);
  });
});

describe('the recognisers', () => {
  it('are shown to everybody, and tried again at once for an administrator', async () => {
    expect((await ask('ada', 'GET', '/api/transcribers')).json()).toMatchObject({
      transcribers: [
        { name: 'wyoming', available: false, reason: 'does not answer', breaker: 'open' },
      ],
    });
    expect((await ask('ada', 'POST', '/api/admin/transcribers/wyoming/reset')).statusCode).toBe(
      403,
    );
    expect((await ask('root', 'POST', '/api/admin/transcribers/wyoming/reset')).statusCode).toBe(
      200,
    );
    expect((await ask('root', 'POST', '/api/admin/transcribers/nobody/reset')).statusCode).toBe(
      404,
    );
    expect(resets).toEqual(['wyoming', 'nobody']);
  });

  it('are told of a language and of words by each user', async () => {
    const hints = { language: 'de', keyterms: ['Zürich'] };
    expect((await ask('ada', 'PUT', '/api/settings/transcription', hints)).json()).toEqual(hints);
    for (const wrong of [
      { language: 'german', keyterms: [] },
      { language: null, keyterms: [''] },
    ]) {
      expect((await ask('ada', 'PUT', '/api/settings/transcription', wrong)).statusCode).toBe(422);
    }
    expect((await ask('ada', 'GET', '/api/settings/transcription')).json()).toEqual({
      language: null,
      keyterms: [],
    });
  });
});
