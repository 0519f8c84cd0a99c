import type { MemoryBody } from '@friend-lite/contract';
import type { Timeline } from '../../conversations/index.ts';
import type { Memory } from '../../memory/index.ts';
import { isoTime, secondsSpan } from './time.ts';

/** @param timeline of the conversation it comes from: where the times in its provenance lie. */
export function memoryBody(memory: Memory, timeline: Pick<Timeline, 'spanFromEpoch'>): MemoryBody {
  const { provenance } = memory;
  return {
    id: memory.id,
    memory: memory.text,
    kind: memory.kind,
    user_id: memory.userId,
    client_id: memory.clientId,
    conversation_id: provenance.conversationId,
    created_at: isoTime(memory.createdAt),
    updated_at: isoTime(memory.updatedAt),
    valid_from: isoTime(memory.validFrom),
    valid_until: memory.validUntil === null ? null : isoTime(memory.validUntil),
    entities: [...memory.entities],
    provenance: {
      conversation_id: provenance.conversationId,
      transcript_version_id: provenance.transcriptVersionId,
      utterance_ids: [...provenance.utteranceIds],
      ...secondsSpan(timeline.spanFromEpoch(provenance)),
      started_at: isoTime(provenance.startMs),
      extractor: provenance.extractor,
      model: provenance.model,
      prompt_revision: provenance.promptRevision,
    },
  };
}
