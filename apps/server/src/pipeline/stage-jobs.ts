import { conversationIdSchema } from '@friend-lite/contract';
import { z } from 'zod';
import { totalMs, type Span } from '../audio/index.ts';
import { AppError, ProviderError } from '../base/index.ts';
import {
  conversationSpeech,
  type Conversation,
  type Conversations,
  type ConversationStore,
  type CroppedFiles,
  type FailReason,
  type StageName,
} from '../conversations/index.ts';
import type { Job, JobHandler, JobQueue, JobResult } from '../jobs/index.ts';
import { remember, type MemoryExtractor, type MemoryStore } from '../memory/index.ts';
import { transcribe, type TranscribeTools } from './transcribe-job.ts';

/** The kinds of job, one a stage. */
export const jobKinds = {
  transcribe: 'transcribe',
  extractMemories: 'extract-memories',
  cropAudio: 'crop-audio',
} as const satisfies Record<StageName, string>;

/** Jobs that were asked for before conversations could be edited name no revision. */
const payloadSchema = z.object({
  conversationId: conversationIdSchema,
  revision: z.int().default(0),
});

/** Asks for the job of a stage. The key makes asking again harmless, until the next edit of its ranges. */
export async function enqueueStage(
  queue: Pick<JobQueue, 'enqueue'>,
  conversation: Pick<Conversation, 'id' | 'userId' | 'revision'>,
  stage: StageName,
): Promise<void> {
  const kind = jobKinds[stage];
  const { id, revision } = conversation;
  await queue.enqueue({
    kind,
    key: revision === 0 ? `${kind}:${id}` : `${kind}:${id}:${revision}`,
    userId: conversation.userId,
    payload: { conversationId: id, revision },
  });
}

export interface StageTools extends TranscribeTools {
  readonly conversationStore: ConversationStore;
  readonly memories: MemoryStore;
  readonly cropped: CroppedFiles;
  readonly extractors: readonly [MemoryExtractor, ...MemoryExtractor[]];
  readonly planCrop: ((regions: readonly Span[], window: Span) => readonly Span[]) | null;
}

/** One handler a stage. Each may run twice for the same job and then changes nothing. */
export function stageHandlers(tools: StageTools): Readonly<Record<string, JobHandler>> {
  const handler =
    (
      stage: StageName,
      run: (conversation: Conversation, signal: AbortSignal) => Promise<JobResult>,
    ): JobHandler =>
    async (job, signal) => {
      const { conversationId: id, revision } = payloadSchema.parse(job.payload);
      const conversation = await tools.conversations.advance(
        { userId: job.userId, id, revision },
        { type: 'stage-started', stage },
      );
      // Deleted or edited by its owner, or settled by an earlier run of this job.
      if (conversation?.stages[stage].state !== 'running') return { kind: 'done' };
      return run(conversation, signal);
    };

  return {
    [jobKinds.transcribe]: handler('transcribe', (conversation, signal) =>
      transcribe(tools, conversation, signal),
    ),
    [jobKinds.extractMemories]: handler('extractMemories', (conversation, signal) =>
      extractMemories(tools, conversation, signal),
    ),
    [jobKinds.cropAudio]: handler('cropAudio', (conversation, signal) =>
      cropAudio(tools, conversation, signal),
    ),
  };
}

/** Marks the stage of a job that goes to the dead letters. */
export async function markStageFailed(
  conversations: Pick<Conversations, 'advance'>,
  job: Job,
  error: unknown,
): Promise<void> {
  const stage = (Object.keys(jobKinds) as StageName[]).find((name) => jobKinds[name] === job.kind);
  const payload = payloadSchema.safeParse(job.payload);
  if (!stage || !payload.success) return;
  const reason: FailReason = error instanceof ProviderError ? 'provider-failed' : 'internal-error';
  const { conversationId: id, revision } = payload.data;
  await conversations.advance(
    { userId: job.userId, id, revision },
    { type: 'stage-failed', stage, reason },
  );
}

async function extractMemories(
  tools: StageTools,
  conversation: Conversation,
  signal: AbortSignal,
): Promise<JobResult> {
  const { userId, activeTranscriptId } = conversation;
  const transcript = activeTranscriptId
    ? await tools.conversationStore.findTranscript(userId, activeTranscriptId)
    : null;
  if (!transcript) throw new AppError('conversation_not_found');
  const outcome = await remember({
    transcript,
    clientId: conversation.clientId,
    extractors: tools.extractors,
    log: tools.log,
    store: tools.memories,
    clock: tools.clock,
    signal,
  });
  await tools.conversations.advance(
    conversation,
    { type: 'memories-extracted', outcome: outcome.kind },
    { memoryCount: outcome.kind === 'memories' ? outcome.total : 0 },
  );
  // Deleted while it was read: nothing may be remembered of it.
  if (await isGone(tools, conversation)) {
    await tools.memories.removeByConversation(userId, conversation.id);
  }
  return { kind: 'done' };
}

async function cropAudio(
  tools: StageTools,
  conversation: Conversation,
  signal: AbortSignal,
): Promise<JobResult> {
  const { outcome, croppedSpans } = await crop(tools, conversation, signal);
  await tools.conversations.advance(
    conversation,
    { type: 'audio-cropped', outcome },
    { croppedSpans },
  );
  // Deleted while it was cropped.
  if (await isGone(tools, conversation)) {
    await tools.cropped.remove(conversation.userId, conversation.id);
  }
  return { kind: 'done' };
}

async function isGone(
  { conversationStore }: Pick<StageTools, 'conversationStore'>,
  { userId, id }: Conversation,
): Promise<boolean> {
  return (await conversationStore.find(userId, id)) === null;
}

async function crop(
  tools: StageTools,
  conversation: Conversation,
  signal: AbortSignal,
): Promise<{
  readonly outcome: 'cropped' | 'no-speech' | 'disabled';
  readonly croppedSpans: readonly Span[] | null;
}> {
  // Of what it claimed before an edit.
  await tools.cropped.remove(conversation.userId, conversation.id);
  if (!tools.planCrop) return { outcome: 'disabled', croppedSpans: null };
  const sound = await tools.openSound(conversation);
  const kept = tools.planCrop(await conversationSpeech(tools.speech, conversation), {
    startMs: 0,
    endMs: sound.durationMs,
  });
  if (totalMs(kept) === 0) return { outcome: 'no-speech', croppedSpans: null };
  await tools.cropped.write(
    conversation.userId,
    conversation.id,
    sound.format,
    (async function* () {
      for (const span of kept) {
        for await (const chunk of sound.read(span.startMs, span.endMs)) {
          // Given up: what it claims may be edited from now on.
          signal.throwIfAborted();
          yield chunk;
        }
      }
    })(),
  );
  return { outcome: 'cropped', croppedSpans: kept };
}
