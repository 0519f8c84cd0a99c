import { editIdSchema } from '@friend-lite/contract';
import { expect, it } from 'vitest';
import { derivedUuid } from '../../src/base/index.ts';
import type {
  Conversation,
  ConversationStore,
  Edit,
  EditStore,
  EditWrite,
} from '../../src/conversations/index.ts';
import type { MemoryStore } from '../../src/memory/index.ts';
import {
  alice,
  bob,
  captureId,
  conversation,
  memory,
  memoryId,
  start,
  transcript,
  transcriptId,
} from './samples.ts';
import { describeStore, type Subject } from './suite.ts';

/** Edits, and what they change: one store wrote them all. */
interface EditedStores {
  readonly edits: EditStore;
  readonly conversations: ConversationStore;
  readonly memories: MemoryStore;
}

const closed = (name: string, change: Partial<Conversation> = {}) =>
  conversation(name, { phase: 'closed', endedAt: start + 1500, ...change });

/** Makes `walk` shorter and gives the rest to `talk`. */
const before = closed('walk', { isPinned: true, croppedSpans: [{ startMs: 0, endMs: 2.5 }] });
const shorter: Conversation = {
  ...before,
  revision: 1,
  ranges: [{ captureId: captureId(1), captureStartedAt: start, startMs: 0.5, endMs: 700 }],
};
const added = closed('talk', {
  ranges: [{ captureId: captureId(2), captureStartedAt: start, startMs: 700, endMs: 1500 }],
});
const move = {
  memoryId: memoryId('tea'),
  from: {
    conversationId: before.id,
    transcriptVersionId: transcriptId('first'),
    isHidden: false,
  },
  to: {
    conversationId: added.id,
    transcriptVersionId: transcriptId('second'),
    isHidden: false,
  },
};
const edit: Edit = {
  id: editIdSchema.parse(derivedUuid('edit')),
  userId: alice,
  kind: 'split',
  at: start,
  before: [before],
  after: [shorter, added],
  memories: [move],
  transcriptIds: [transcriptId('second')],
  undoneAt: null,
};
const write: EditWrite = {
  edit,
  conversations: [
    { before, after: shorter },
    { before: null, after: added },
  ],
  addedTranscripts: [transcript('second', { conversationId: added.id })],
  removedTranscripts: [],
  memories: [move],
  removedMemories: [],
};
const undone: Edit = { ...edit, undoneAt: start + 1 };
const undo: EditWrite = {
  edit: undone,
  conversations: [
    { before: shorter, after: { ...before, revision: 2 } },
    { before: added, after: null },
  ],
  addedTranscripts: [],
  removedTranscripts: [transcriptId('second')],
  memories: [{ ...move, from: move.to, to: move.from }],
  removedMemories: [memoryId('found since')],
};

export function describeEditStore(
  name: string,
  makeStores: () => Promise<Subject<EditedStores>> | Subject<EditedStores>,
): void {
  describeStore(`edits: ${name}`, makeStores, (stores) => {
    const fill = async () => {
      await stores().conversations.add(before);
      await stores().conversations.addTranscript(transcript('first'));
      await stores().memories.addMissing(alice, [memory('tea')]);
    };
    const placeOf = async () => {
      const found = await stores().memories.find(alice, memoryId('tea'));
      if (!found) return undefined;
      const { conversationId, transcriptVersionId } = found.provenance;
      return { conversationId, transcriptVersionId, isHidden: false };
    };

    it('writes everything of an edit, and gives it back to its user alone', async () => {
      await fill();
      expect(await stores().edits.write(write)).toBe(true);
      expect(await stores().conversations.find(alice, before.id)).toEqual(shorter);
      expect(await stores().conversations.find(alice, added.id)).toEqual(added);
      expect(await stores().conversations.listByCapture(alice, captureId(2))).toEqual([added]);
      expect(await stores().conversations.listTranscripts(alice, added.id)).toHaveLength(1);
      expect(await placeOf()).toEqual(move.to);
      expect(await stores().edits.list(alice, before.id)).toEqual([edit]);
      expect(await stores().edits.list(alice, added.id)).toEqual([edit]);
      expect(await stores().edits.list(bob, before.id)).toEqual([]);
    });

    it('hides a memory from all but its place, and shows it again', async () => {
      await fill();
      const hidden = { ...move, to: { ...move.from, isHidden: true } };
      await stores().edits.write({ ...write, memories: [hidden] });
      expect(await placeOf()).toBeUndefined();
      expect(await stores().memories.search(alice, 'tea', 10)).toEqual([]);
      expect(await stores().memories.list(alice, { limit: 10, offset: 0 })).toEqual({
        memories: [],
        total: 0,
      });
      expect(await stores().memories.listByConversation(alice, before.id)).toEqual([]);
      expect(await stores().memories.placesOf(alice, before.id)).toEqual([
        { id: move.memoryId, provenance: memory('tea').provenance, isHidden: true },
      ]);
      expect(await stores().memories.placesOf(bob, before.id)).toEqual([]);

      await stores().edits.write({ ...undo, memories: [{ ...hidden, to: move.from }] });
      expect(await stores().memories.find(alice, move.memoryId)).toEqual(memory('tea'));
      expect(await stores().memories.search(alice, 'tea', 10)).toHaveLength(1);
    });

    it('a hidden memory that is found anew becomes what was found', async () => {
      await fill();
      const hidden = { ...move, to: { ...move.from, isHidden: true } };
      await stores().edits.write({ ...write, memories: [hidden] });
      const found = memory('tea', { text: 'tea at noon', updatedAt: start + 7 });
      expect(await stores().memories.addMissing(alice, [found])).toBe(1);
      expect(await stores().memories.addMissing(alice, [memory('tea')])).toBe(0);
      expect(await stores().memories.find(alice, move.memoryId)).toEqual(found);
      expect(await stores().memories.search(alice, 'noon', 10)).toHaveLength(1);
    });

    it('takes all of it back, and what was remembered of it since', async () => {
      await fill();
      await stores().edits.write(write);
      await stores().memories.addMissing(alice, [memory('found since')]);
      expect(await stores().edits.write(undo)).toBe(true);
      const restored = { ...before, revision: 2 };
      expect(await stores().conversations.find(alice, before.id)).toEqual(restored);
      expect(await stores().conversations.find(alice, added.id)).toBeNull();
      expect(await stores().conversations.findTranscript(alice, transcriptId('second'))).toBeNull();
      expect(await placeOf()).toEqual(move.from);
      expect(await stores().memories.find(alice, memoryId('found since'))).toBeNull();
      expect(await stores().edits.list(alice, before.id)).toEqual([undone]);
    });

    it('writes nothing when a conversation has changed since it was read', async () => {
      await fill();
      await stores().conversations.update(alice, before.id, (current) => ({
        ...current,
        title: 'renamed',
      }));
      expect(await stores().edits.write(write)).toBe(false);
      expect(await stores().conversations.find(alice, added.id)).toBeNull();
      expect(await placeOf()).toEqual(move.from);
      expect(await stores().edits.list(alice, before.id)).toEqual([]);
    });

    it('writes nothing when a conversation is gone', async () => {
      expect(await stores().edits.write(write)).toBe(false);
      expect(await stores().conversations.find(alice, added.id)).toBeNull();
    });

    it('leaves out a memory that is gone', async () => {
      await stores().conversations.add(before);
      expect(await stores().edits.write(write)).toBe(true);
      expect(await placeOf()).toBeUndefined();
    });

    it('lists the latest first', async () => {
      await fill();
      await stores().edits.write(write);
      const next = { ...edit, id: editIdSchema.parse(derivedUuid('next')), after: [shorter] };
      await stores().edits.write({ ...write, edit: next, conversations: [], memories: [] });
      expect(await stores().edits.list(alice, before.id)).toEqual([next, edit]);
      expect(await stores().edits.list(alice, added.id)).toEqual([edit]);
    });

    it('forgets the edits of a conversation that is removed: they hold what it was', async () => {
      await fill();
      await stores().edits.write(write);
      await stores().conversations.remove(alice, added.id);
      expect(await stores().edits.list(alice, before.id)).toEqual([]);
      expect(await stores().conversations.find(alice, before.id)).toEqual(shorter);
    });
  });
}
