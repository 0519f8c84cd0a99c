import {
  memoryIdSchema,
  type ClientId,
  type UserId,
  type UtteranceId,
} from '@friend-lite/contract';
import { derivedUuid, ProviderError, type Clock, type Log } from '../base/index.ts';
import type { TranscriptVersion, Utterance } from '../conversations/index.ts';
import type { Candidate, Extraction, MemoryExtractor } from './extractor.ts';
import type { Memory, MemoryStore } from './ports.ts';
import { isSameStatement, normalisedText } from './statement.ts';

export interface RememberRequest {
  readonly transcript: TranscriptVersion;
  /** The device of the conversation. */
  readonly clientId: ClientId;
  /** In order of preference: what one cannot read, the next one reads. */
  readonly extractors: readonly [MemoryExtractor, ...MemoryExtractor[]];
  readonly log: Log;
  readonly store: MemoryStore;
  readonly clock: Clock;
  readonly signal: AbortSignal;
}

/**
 * `added`: memories written now; `total`: memories of the conversation afterwards, at least one.
 * `nothing-to-remember` also where all that was said is already known from other conversations.
 */
export type RememberOutcome =
  | { readonly kind: 'memories'; readonly added: number; readonly total: number }
  | { readonly kind: 'nothing-to-remember' };

/** How many memories are looked at for one that says the same. */
const knownLookedAt = 10;

/**
 * Reads a transcript and stores what is worth remembering. Doing it twice writes once: a memory's id is
 * made of the user, the conversation, its kind and its words. Throws what the last extractor and the store
 * throw, and the signal's reason when aborted; memories stored before that stay, and are met again.
 */
export async function remember(request: RememberRequest): Promise<RememberOutcome> {
  const { transcript, store, signal } = request;
  const { userId, conversationId } = transcript;
  const { extraction, extractor } = await read(request);
  signal.throwIfAborted();

  let added = 0;
  if (extraction.kind === 'memories') {
    const fresh: Memory[] = [];
    for (const candidate of withoutRepeats(extraction.candidates)) {
      const memory = toMemory(candidate, extractor, request);
      if (memory && !(await isKnown(store, userId, memory))) fresh.push(memory);
      signal.throwIfAborted();
    }
    if (fresh.length > 0) added = await store.addMissing(userId, fresh);
  }
  const total = (await store.listByConversation(userId, conversationId)).length;
  return total > 0 ? { kind: 'memories', added, total } : { kind: 'nothing-to-remember' };
}

function withoutRepeats(candidates: readonly Candidate[]): Candidate[] {
  const kept: Candidate[] = [];
  for (const candidate of candidates)
    if (!kept.some((other) => isSameStatement(other, candidate))) kept.push(candidate);
  return kept;
}

/** By the first extractor that can. */
async function read({ transcript, extractors, log, signal }: RememberRequest): Promise<{
  readonly extraction: Extraction;
  readonly extractor: MemoryExtractor;
}> {
  const { utterances } = transcript;
  const [first, ...others] = extractors;
  let extractor = first;
  for (const next of others) {
    try {
      return { extraction: await extractor.extract({ utterances }, signal), extractor };
    } catch (error) {
      signal.throwIfAborted();
      if (!(error instanceof ProviderError)) throw error;
      const { failure, message: reason } = error;
      log.warn('memories left to another extractor', {
        extractor: extractor.name,
        failure,
        reason,
      });
      extractor = next;
    }
  }
  return { extraction: await extractor.extract({ utterances }, signal), extractor };
}

/** The record of a candidate; null when it names no utterance of the transcript. */
function toMemory(
  candidate: Candidate,
  extractor: MemoryExtractor,
  request: RememberRequest,
): Memory | null {
  const { transcript } = request;
  const sources = sourcesOf(candidate, transcript.utterances);
  const [first] = sources;
  if (!first) return null;
  const now = request.clock.now();
  const id = derivedUuid(
    transcript.userId,
    transcript.conversationId,
    candidate.kind,
    normalisedText(candidate.text),
  );
  return {
    id: memoryIdSchema.parse(id),
    userId: transcript.userId,
    clientId: request.clientId,
    kind: candidate.kind,
    text: candidate.text,
    entities: candidate.entities,
    validFrom: candidate.validFrom,
    validUntil: candidate.validUntil,
    createdAt: now,
    updatedAt: now,
    provenance: {
      conversationId: transcript.conversationId,
      transcriptVersionId: transcript.id,
      utteranceIds: sources.map((utterance) => utterance.id),
      startMs: first.startMs,
      endMs: Math.max(...sources.map((utterance) => utterance.endMs)),
      extractor: extractor.name,
      model: extractor.model,
      promptRevision: extractor.revision,
    },
  };
}

function sourcesOf(candidate: Candidate, utterances: readonly Utterance[]): readonly Utterance[] {
  const wanted = new Set<UtteranceId>(candidate.utteranceIds);
  return utterances.filter(({ id }) => wanted.has(id));
}

/** Whether the user's memories already hold the same statement for the same time. */
async function isKnown(store: MemoryStore, userId: UserId, memory: Memory): Promise<boolean> {
  const found = await store.search(userId, memory.text, knownLookedAt);
  const words = normalisedText(memory.text);
  return found.some(
    ({ memory: known }) =>
      known.kind === memory.kind &&
      known.validUntil === memory.validUntil &&
      normalisedText(known.text) === words,
  );
}
