import {
  conversationIdSchema,
  transcriptVersionIdSchema,
  type TranscriptVersionId,
} from '@friend-lite/contract';
import { z } from 'zod';
import { AppError, newUuid } from '../base/index.ts';
import type { Conversation, ConversationStore, Edits } from '../conversations/index.ts';
import type { Job, JobHandler, JobQueue } from '../jobs/index.ts';
import {
  hearAnew,
  noTranscriber,
  transcriberPatienceMs,
  type TranscribeTools,
} from './transcribe-job.ts';

/** Hears a conversation once more, as another version of its words. */
export const retranscribeKind = 'retranscribe';

const payloadSchema = z.object({
  conversationId: conversationIdSchema,
  revision: z.int(),
  versionId: transcriptVersionIdSchema,
  /** Null: whoever is asked first. */
  provider: z.string().nullable(),
});

/** How soon a conversation that a job is at work on is looked at again. */
const busyPatienceMs = 2000;

/** Asks for another version; it becomes the active one once it is there. */
export async function enqueueRetranscription(
  queue: Pick<JobQueue, 'enqueue'>,
  { id: conversationId, userId, revision }: Pick<Conversation, 'id' | 'userId' | 'revision'>,
  provider: string | null,
): Promise<{ readonly job: Job; readonly versionId: TranscriptVersionId }> {
  const versionId = transcriptVersionIdSchema.parse(newUuid());
  const job = await queue.enqueue({
    kind: retranscribeKind,
    key: `${retranscribeKind}:${versionId}`,
    userId,
    payload: { conversationId, revision, versionId, provider },
  });
  return { job, versionId };
}

/** What a person changed in the meantime counts more: then the new version is not made. */
export function retranscribe(
  tools: TranscribeTools & {
    readonly conversationStore: Pick<ConversationStore, 'find' | 'findTranscript'>;
    readonly edits: Pick<Edits, 'activate'>;
  },
): JobHandler {
  return async (job, signal) => {
    const { conversationId, revision, versionId, provider } = payloadSchema.parse(job.payload);
    const { userId } = job;
    const conversation = await tools.conversationStore.find(userId, conversationId);
    if (conversation?.revision !== revision) return { kind: 'done' };
    const pool = provider === null ? tools.pool : tools.pool.only(provider);
    if (!(await tools.conversationStore.findTranscript(userId, versionId))) {
      const version = await hearAnew({ ...tools, pool }, conversation, versionId, signal);
      if (!version) {
        return { kind: 'postpone', reason: noTranscriber, retryAfterMs: transcriberPatienceMs };
      }
      await tools.conversations.addTranscript(version);
    }
    try {
      await tools.edits.activate(userId, conversationId, versionId);
    } catch (error) {
      if (!(error instanceof AppError) || error.code !== 'conversation_busy') throw error;
      return { kind: 'postpone', reason: error.code, retryAfterMs: busyPatienceMs };
    }
    return { kind: 'done' };
  };
}
