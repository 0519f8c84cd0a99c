import type { ConversationId, UserId } from '@friend-lite/contract';
import { AppError } from '../base/index.ts';
import type { CaptureStore } from '../capture/index.ts';
import {
  areMergeable,
  rangeTime,
  type CaptureRange,
  type Conversation,
  type ConversationStore,
  type Edits,
} from '../conversations/index.ts';

/** Puts sound that came late where it belongs: with what the same device heard just before and after it. */
export interface Joining {
  /**
   * To be called whenever a conversation has closed; again is harmless. Merges it with a closed neighbour of
   * its device that is no further away than the conversation timeout, where the sound on one side of the
   * pause between them came late or as a file: a pause in live sound was somebody's decision, or silence.
   * What a person has edited, and what is not over, is left alone.
   */
  onClosed(conversation: Conversation): Promise<void>;
}

export interface JoiningDeps {
  readonly store: Pick<ConversationStore, 'listDuring'>;
  readonly edits: Pick<Edits, 'history' | 'merge'>;
  readonly captures: Pick<CaptureStore, 'find'>;
  /** Silence after which a conversation ends, ms. */
  readonly timeoutMs: number;
}

export function createJoining(deps: JoiningDeps): Joining {
  /** Somebody's edit stands, also the undoing of a join. */
  async function isLeftToUs({ userId, id }: Conversation): Promise<boolean> {
    const edits = await deps.edits.history(userId, id);
    return edits.every(({ kind, undoneAt }) => kind === 'join' && undoneAt === null);
  }

  async function isOfThePast(userId: UserId, { captureId }: CaptureRange): Promise<boolean> {
    const capture = await deps.captures.find(userId, captureId);
    return capture !== null && capture.origin !== 'live';
  }

  /** The nearest before and after it: what is behind them is their neighbour. */
  async function neighboursOf(conversation: Conversation): Promise<readonly Conversation[]> {
    const { userId, clientId, startedAt, endedAt } = conversation;
    const around = await deps.store.listDuring(userId, clientId, {
      startMs: startedAt - deps.timeoutMs,
      endMs: (endedAt ?? startedAt) + deps.timeoutMs,
    });
    const others = around.filter(({ id }) => id !== conversation.id);
    const before = others.findLast((other) => other.startedAt <= startedAt);
    const after = others.find((other) => other.startedAt > startedAt);
    return [before, after].filter((other) => other !== undefined);
  }

  async function belongTogether(one: Conversation, other: Conversation): Promise<boolean> {
    const [earlier, later] = one.startedAt < other.startedAt ? [one, other] : [other, one];
    const [before, after] = [earlier.ranges.at(-1), later.ranges[0]];
    if (!before || !after || other.phase !== 'closed') return false;
    const pauseMs = rangeTime(after).startMs - rangeTime(before).endMs;
    if (pauseMs > deps.timeoutMs || !areMergeable([...one.ranges, ...other.ranges])) return false;
    const { userId } = one;
    const isLate = (await isOfThePast(userId, before)) || (await isOfThePast(userId, after));
    return isLate && (await isLeftToUs(other));
  }

  async function join(userId: UserId, ids: readonly ConversationId[]): Promise<void> {
    try {
      await deps.edits.merge(userId, ids, 'join');
    } catch (error) {
      // Edited or deleted meanwhile; when what is left of them closes again, it is looked at again.
      if (!(error instanceof AppError)) throw error;
    }
  }

  return {
    async onClosed(conversation) {
      const { userId, id, phase, mergedInto } = conversation;
      if (phase !== 'closed' || mergedInto || !(await isLeftToUs(conversation))) return;
      for (const other of await neighboursOf(conversation)) {
        if (!(await belongTogether(conversation, other))) continue;
        // The other neighbour's turn is when these have closed as one.
        await join(userId, [id, other.id]);
        return;
      }
    },
  };
}
