import { conversationIdSchema, userIdSchema } from '@friend-lite/contract';
import { expect, it } from 'vitest';
import { deleteConversation } from './delete.ts';

const userId = userIdSchema.parse('a'.repeat(24));
const id = conversationIdSchema.parse('00000000-0000-4000-8000-000000000001');

it('removes also what a job writes while a conversation is being deleted', async () => {
  let remembered = 2;
  let isCropped = true;
  const deps = {
    store: {
      find: async () => null,
      listTranscripts: async () => [],
      // The conversation is there until now, and so its jobs go on.
      async remove() {
        remembered += 1;
        isCropped = true;
        return true;
      },
    },
    people: { assign: async () => undefined },
    forgetPieces: async () => undefined,
    cropped: { remove: async () => void (isCropped = false) },
    async forgetMemories() {
      const count = remembered;
      remembered = 0;
      return count;
    },
  };
  await deleteConversation(deps, userId, id);
  expect({ remembered, isCropped }).toEqual({ remembered: 0, isCropped: false });
});
