import { createHash } from 'node:crypto';
import {
  conversationIdSchema,
  transcriptVersionIdSchema,
  utteranceIdSchema,
  type ClientId,
  type UserId,
} from '@friend-lite/contract';
import { derivedUuid } from '../base/index.ts';
import type { WordsVerdict } from './derived-words.ts';
import { opened, reduceLifecycle, type Lifecycle, type LifecycleEffect } from './lifecycle.ts';
import type { Conversation, TranscriptVersion, Utterance } from './ports.ts';
import { titleOf } from './title.ts';

/** Something that was said, as it is brought in. */
export interface ImportedUtterance {
  readonly text: string;
  readonly speaker: string | null;
  /** Epoch ms; null: right after the one before. */
  readonly startMs: number | null;
  /** Epoch ms; null: as long as it takes to say. */
  readonly endMs: number | null;
  /** What it is called where it comes from. */
  readonly externalId: string | null;
}

/** A conversation of which there are words alone. */
export interface TextImport {
  readonly userId: UserId;
  readonly clientId: ClientId;
  readonly title: string | null;
  /** Epoch ms. */
  readonly startedAt: number;
  readonly utterances: readonly ImportedUtterance[];
}

/** A conversation as it is stored, and the jobs that it needs. */
export interface PlannedImport {
  readonly conversation: Conversation;
  readonly effects: readonly LifecycleEffect[];
  readonly transcript: TranscriptVersion;
}

/** People say about 150 words a minute. */
const msPerWord = 400;
const leastMs = 500;

/**
 * What a text becomes: a conversation that is over, was heard whole, and claims no sound. Planning the same text twice gives
 * the same ids.
 */
export function planTextImport(
  text: TextImport,
  { now, judge }: { readonly now: number; readonly judge: WordsVerdict },
): PlannedImport {
  const { userId, clientId, startedAt } = text;
  const digest = createHash('sha256').update(JSON.stringify(text)).digest('hex');
  const id = conversationIdSchema.parse(derivedUuid('import', userId, digest));
  const utterances = placed(text, id);
  const transcript: TranscriptVersion = {
    id: transcriptVersionIdSchema.parse(derivedUuid('import-words', id)),
    conversationId: id,
    userId,
    provider: 'import',
    model: 'text',
    createdAt: now,
    outcome: 'words',
    coverage: 1,
    utterances,
  };
  const { lifecycle, effects } = heard(judge(utterances.map((each) => each.text).join(' ')));
  const conversation: Conversation = {
    ...lifecycle,
    id,
    userId,
    clientId,
    createdAt: now,
    startedAt: Math.min(startedAt, utterances[0]?.startMs ?? startedAt),
    endedAt: utterances.reduce((latest, { endMs }) => Math.max(latest, endMs), startedAt),
    ranges: [],
    title: text.title ?? titleOf(utterances),
    summary: null,
    activeTranscriptId: transcript.id,
    utteranceCount: utterances.length,
    memoryCount: 0,
    coverage: 1,
    croppedSpans: null,
    revision: 0,
    isPinned: false,
    mergedInto: null,
  };
  return { conversation, transcript, effects };
}

/** As a conversation that was closed and transcribed, without sound to crop. */
function heard(verdict: ReturnType<WordsVerdict>): {
  readonly lifecycle: Lifecycle;
  readonly effects: readonly LifecycleEffect[];
} {
  const closed = reduceLifecycle(opened, { type: 'close', reason: 'import' });
  const uncropped = reduceLifecycle(closed.lifecycle, {
    type: 'audio-cropped',
    outcome: 'no-sound',
  });
  return reduceLifecycle(uncropped.lifecycle, { type: 'transcribed', verdict });
}

/** In time order; those without a time follow the one before them. */
function placed(
  { startedAt, utterances }: TextImport,
  conversationId: string,
): readonly Utterance[] {
  let untilMs = startedAt;
  return utterances
    .map((given, index): Utterance => {
      const { text, speaker, externalId } = given;
      const startMs = given.startMs ?? untilMs;
      const spokenMs = Math.max(leastMs, text.split(/\s+/).length * msPerWord);
      const endMs = Math.max(startMs, given.endMs ?? startMs + spokenMs);
      untilMs = endMs;
      return {
        id: utteranceIdSchema.parse(derivedUuid('import-utterance', conversationId, String(index))),
        startMs,
        endMs,
        text,
        speaker,
        confidence: null,
        words: [],
        ...(externalId !== null && { externalId }),
      };
    })
    .sort((a, b) => a.startMs - b.startMs);
}
