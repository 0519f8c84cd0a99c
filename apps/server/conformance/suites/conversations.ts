import { clientIdSchema } from '@friend-lite/contract';
import { expect, it } from 'vitest';
import type { Conversation, ConversationStore } from '../../src/conversations/index.ts';
import {
  alice,
  bob,
  captureId,
  clientId,
  conversation,
  conversationId,
  start,
  transcript,
  transcriptId,
} from './samples.ts';
import { describeStore, type Subject } from './suite.ts';

const namesOf = (found: readonly Conversation[]) => found.map(({ title }) => title);

export function describeConversationStore(
  name: string,
  makeStore: () => Promise<Subject<ConversationStore>> | Subject<ConversationStore>,
): void {
  describeStore(`conversations: ${name}`, makeStore, (conversations) => {
    const add = (title: string, change: Partial<Conversation> = {}) =>
      conversations().add(conversation(title, { title, ...change }));

    it('gives a conversation back, every field, to its user alone', async () => {
      const whole = conversation('walk', {
        endedAt: start + 1500.5,
        phase: 'closing',
        closeReason: 'stop',
        stages: {
          transcribe: { state: 'waiting', reason: 'no-transcriber' },
          extractMemories: { state: 'skipped', reason: 'no-words' },
          cropAudio: { state: 'done', outcome: 'cropped' },
        },
        title: 'A walk “outside”',
        summary: 'Two people',
        activeTranscriptId: transcriptId('first'),
        utteranceCount: 3,
        memoryCount: 2,
        croppedSpans: [{ startMs: 100, endMs: 900.5 }],
        coverage: 0.75,
        revision: 2,
        isPinned: true,
        mergedInto: conversationId('other'),
      });
      await conversations().add(whole);
      expect(await conversations().find(alice, whole.id)).toEqual(whole);
      expect(await conversations().find(bob, whole.id)).toBeNull();
      expect(await conversations().find(alice, conversationId('other'))).toBeNull();
    });

    it('adds an id once', async () => {
      await add('walk');
      await conversations().add(
        conversation('walk', {
          title: 'again',
          ranges: [{ captureId: captureId(9), captureStartedAt: start, startMs: 0, endMs: 1 }],
        }),
      );
      expect(await conversations().find(alice, conversationId('walk'))).toMatchObject({
        title: 'walk',
      });
      expect(await conversations().listByCapture(alice, captureId(9))).toEqual([]);
    });

    it('writes what an update makes of a conversation, and returns it', async () => {
      await add('walk');
      const written = await conversations().update(alice, conversationId('walk'), (current) => ({
        ...current,
        phase: 'closed',
        memoryCount: current.memoryCount + 1,
      }));
      expect(written).toMatchObject({ title: 'walk', phase: 'closed', memoryCount: 1 });
      expect(await conversations().find(alice, conversationId('walk'))).toEqual(written);
    });

    it('updates atomically: no increment is lost', async () => {
      await add('walk');
      await Promise.all(
        Array.from({ length: 50 }, () =>
          conversations().update(alice, conversationId('walk'), (current) => ({
            ...current,
            utteranceCount: current.utteranceCount + 1,
          })),
        ),
      );
      expect(await conversations().find(alice, conversationId('walk'))).toMatchObject({
        utteranceCount: 50,
      });
    });

    it('leaves a conversation as it was when the change returns its argument, or throws', async () => {
      await add('walk');
      const before = await conversations().find(alice, conversationId('walk'));
      expect(
        await conversations().update(alice, conversationId('walk'), (current) => current),
      ).toEqual(before);
      await expect(
        conversations().update(alice, conversationId('walk'), () => {
          throw new Error('refused');
        }),
      ).rejects.toThrow('refused');
      expect(await conversations().find(alice, conversationId('walk'))).toEqual(before);
    });

    it('updates nothing of another user, and nothing that is not there', async () => {
      await add('walk');
      let calls = 0;
      const change = (current: Conversation) => {
        calls += 1;
        return { ...current, title: 'stolen' };
      };
      expect(await conversations().update(bob, conversationId('walk'), change)).toBeNull();
      expect(await conversations().update(alice, conversationId('none'), change)).toBeNull();
      expect(calls).toBe(0);
      expect(await conversations().find(alice, conversationId('walk'))).toMatchObject({
        title: 'walk',
      });
    });

    it('lists the newest first by their start, page by page, with the total', async () => {
      for (const [index, title] of ['second', 'first', 'third'].entries()) {
        const startedAt = start + [20, 10, 30][index]!;
        await add(title, { startedAt, createdAt: start - index });
      }
      await add('of Bob', { userId: bob, startedAt: start + 40 });
      const all = await conversations().list(alice, { limit: 10, offset: 0 });
      expect(namesOf(all.conversations)).toEqual(['third', 'second', 'first']);
      expect(all.total).toBe(3);
      const page = await conversations().list(alice, { limit: 1, offset: 1 });
      expect(namesOf(page.conversations)).toEqual(['second']);
      expect(page.total).toBe(3);
      expect(await conversations().list(alice, { limit: 10, offset: 3 })).toEqual({
        conversations: [],
        total: 3,
      });
    });

    it('gives pages without overlap when many started at once', async () => {
      for (let index = 0; index < 9; index++) await add(`at once ${index}`);
      const pages = await Promise.all(
        [0, 3, 6].map((offset) => conversations().list(alice, { limit: 3, offset })),
      );
      expect(new Set(pages.flatMap((page) => namesOf(page.conversations))).size).toBe(9);
    });

    it('leaves out of lists and counts what became part of another', async () => {
      await add('whole');
      await add('part', { mergedInto: conversationId('whole'), ranges: [] });
      const listed = await conversations().list(alice, { limit: 10, offset: 0 });
      expect([namesOf(listed.conversations), listed.total]).toEqual([['whole'], 1]);
      expect(await conversations().countByClient(alice)).toEqual(new Map([[clientId, 1]]));
      const span = { startMs: start - 1, endMs: start + 1 };
      expect(namesOf(await conversations().listDuring(alice, clientId, span))).toEqual(['whole']);
      expect(await conversations().find(alice, conversationId('part'))).not.toBeNull();
    });

    it('removes with a conversation what became part of it, and no other', async () => {
      await add('whole');
      await add('part', { mergedInto: conversationId('whole'), ranges: [] });
      await add('part of it', { mergedInto: conversationId('part'), ranges: [] });
      await add('other');
      await conversations().addTranscript(
        transcript('old', { conversationId: conversationId('part of it') }),
      );
      expect(await conversations().remove(alice, conversationId('whole'))).toBe(true);
      for (const name of ['whole', 'part', 'part of it']) {
        expect(await conversations().find(alice, conversationId(name))).toBeNull();
      }
      expect(await conversations().findTranscript(alice, transcriptId('old'))).toBeNull();
      expect(await conversations().find(alice, conversationId('other'))).not.toBeNull();
      expect(await conversations().remove(alice, conversationId('whole'))).toBe(false);
    });

    it('lists those of a device that go on at some time of a span, oldest first', async () => {
      const watch = clientIdSchema.parse('a11ce0-watch');
      const lasting = (from: number, to: number | null) => ({
        startedAt: start + from,
        endedAt: to === null ? null : start + to,
      });
      await add('open', lasting(150, null));
      await add('before', lasting(0, 99));
      await add('touching', lasting(0, 100));
      await add('after', lasting(201, 300));
      await add('of the watch', { ...lasting(100, 200), clientId: watch });
      await add('of Bob', { ...lasting(100, 200), userId: bob });
      const span = { startMs: start + 100, endMs: start + 200 };
      expect(namesOf(await conversations().listDuring(alice, clientId, span))).toEqual([
        'touching',
        'open',
      ]);
    });

    it('counts per client id of the user', async () => {
      const watch = clientIdSchema.parse('a11ce0-watch');
      await add('one');
      await add('two');
      await add('three', { clientId: watch });
      await add('of Bob', { userId: bob });
      expect(await conversations().countByClient(alice)).toEqual(
        new Map([
          [clientId, 2],
          [watch, 1],
        ]),
      );
    });

    it('lists the open and closing ones of all users', async () => {
      await add('open');
      await add('closing', { phase: 'closing', userId: bob });
      await add('closed', { phase: 'closed' });
      const names = async () => namesOf(await conversations().listUnfinished()).sort();
      expect(await names()).toEqual(['closing', 'open']);
      await conversations().update(bob, conversationId('closing'), (current) => ({
        ...current,
        phase: 'closed',
      }));
      expect(await names()).toEqual(['open']);
    });

    it('finds those that claim some of a capture, oldest first, however their ranges move', async () => {
      const range = (number: number, startMs = 0) => ({
        captureId: captureId(number),
        captureStartedAt: start,
        startMs,
        endMs: startMs + 1000,
      });
      await add('late', { startedAt: start + 10, ranges: [range(1), range(1, 5000), range(2)] });
      await add('early', { ranges: [range(1)] });
      await add('elsewhere', { ranges: [range(3)] });
      await add('of Bob', { userId: bob, ranges: [range(1)] });
      const claiming = async (number: number) =>
        namesOf(await conversations().listByCapture(alice, captureId(number)));
      expect(await claiming(1)).toEqual(['early', 'late']);
      expect(await claiming(2)).toEqual(['late']);
      await conversations().update(alice, conversationId('late'), (current) => ({
        ...current,
        ranges: [range(3)],
      }));
      expect(await claiming(1)).toEqual(['early']);
      expect(await claiming(2)).toEqual([]);
      expect(await claiming(3)).toEqual(['elsewhere', 'late']);
    });

    it('gives a transcript back, every field, to its user alone', async () => {
      await add('walk');
      const version = transcript('first');
      await conversations().addTranscript(version);
      expect(await conversations().findTranscript(alice, version.id)).toEqual(version);
      expect(await conversations().findTranscript(bob, version.id)).toBeNull();
      expect(await conversations().findTranscript(alice, transcriptId('none'))).toBeNull();
    });

    it('adds a version of a transcript once: it never changes', async () => {
      await add('walk');
      await conversations().addTranscript(transcript('first'));
      await conversations().addTranscript(
        transcript('first', { outcome: 'silence', utterances: [] }),
      );
      expect(await conversations().listTranscripts(alice, conversationId('walk'))).toEqual([
        transcript('first'),
      ]);
    });

    it('lists the versions of a conversation oldest first', async () => {
      await add('walk');
      await add('talk');
      const newer = transcript('newer', {
        createdAt: start + 10,
        outcome: 'silence',
        utterances: [],
      });
      await conversations().addTranscript(newer);
      await conversations().addTranscript(transcript('older'));
      await conversations().addTranscript(
        transcript('elsewhere', { conversationId: conversationId('talk') }),
      );
      expect(await conversations().listTranscripts(alice, conversationId('walk'))).toEqual([
        transcript('older'),
        newer,
      ]);
      expect(await conversations().listTranscripts(bob, conversationId('walk'))).toEqual([]);
    });
  });
}
