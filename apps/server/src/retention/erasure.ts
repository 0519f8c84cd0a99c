import type { CaptureId, ConversationId, UserId } from '@friend-lite/contract';
import { intersect } from '../audio/index.ts';
import { AppError, type Clock } from '../base/index.ts';
import type { Captures, CaptureStore, CaptureUpkeep, Segment } from '../capture/index.ts';
import type { Conversation, ConversationStore, SpeechStore } from '../conversations/index.ts';
import { planRemoval } from './plan.ts';
import type { FileCount, UserFiles, UserRecords } from './ports.ts';

/** What was removed. `records` by kind of record. */
export interface Erased {
  readonly records: Readonly<Record<string, number>>;
  readonly files: FileCount;
}

/** The owner's own delete: what it removes is gone everywhere. */
export interface Erasure {
  /**
   * Removes everything of a user but the account. What their devices record is ended first; new sound of
   * theirs is refused meanwhile. Asked again, it removes what an interrupted one left.
   *
   * @throws AppError `devices_connected` while one is; `data_being_removed` when it is under way already.
   */
  eraseUser(userId: UserId): Promise<Erased>;
  /** Whether the user's data is being removed now. */
  isErasing(userId: UserId): boolean;
  /**
   * Removes a recording. Conversations that claim some of it make it fail, unless `isForced`: then they stay,
   * and only the sound goes.
   *
   * @throws AppError `capture_not_found`, `capture_in_progress`, `capture_claimed`.
   */
  removeCapture(
    userId: UserId,
    id: CaptureId,
    isForced: boolean,
  ): Promise<{ readonly segmentCount: number; readonly conversationCount: number }>;
  /**
   * Removes the recordings that a conversation claims, in whole segments, but for those that another one
   * claims, too, or comes within 5 s of; and of a recording that goes on, those that go on after it. Returns how
   * many segments went. Idempotent.
   */
  removeSoundOf(conversation: Pick<Conversation, 'userId' | 'id' | 'ranges'>): Promise<number>;
}

export interface ErasureDeps {
  readonly captures: Pick<Captures, 'active' | 'end'>;
  readonly captureStore: Pick<CaptureStore, 'find' | 'segments' | 'listUnsealed'>;
  readonly upkeep: Pick<CaptureUpkeep, 'removeSound' | 'removeCapture'>;
  readonly conversations: Pick<ConversationStore, 'listByCapture'>;
  readonly speech: Pick<SpeechStore, 'listUnfinished'>;
  readonly dropCropped: (userId: UserId, id: ConversationId) => Promise<void>;
  readonly records: UserRecords;
  readonly files: UserFiles;
  /** Ends what runs for the user; nothing of it runs when this resolves. */
  readonly stopJobs: (userId: UserId) => Promise<void>;
  /** Told when everything is gone, for whoever holds something in memory. */
  readonly onErased: (userId: UserId) => void;
  readonly clock: Clock;
}

/** What was recorded last is written, heard and closed within this time, or left as it is. */
const settleMs = 10_000;
const lookEveryMs = 50;

export function createErasure(deps: ErasureDeps): Erasure {
  const { clock, captureStore } = deps;
  const erasing = new Set<UserId>();

  async function endRecording(userId: UserId): Promise<void> {
    for (const { clientId } of deps.captures.active(userId)) deps.captures.end(userId, clientId);
    const deadline = clock.monotonic() + settleMs;
    while (clock.monotonic() < deadline && (await isRecording(userId))) await pause();
  }

  /** Whether sound of theirs is still being written, or listened to. */
  async function isRecording(userId: UserId): Promise<boolean> {
    const open = [...(await captureStore.listUnsealed()), ...(await deps.speech.listUnfinished())];
    return open.some((capture) => capture.userId === userId);
  }

  function pause(): Promise<void> {
    return new Promise((resolve) => {
      clock.after(lookEveryMs, resolve);
    });
  }

  return {
    isErasing: (userId) => erasing.has(userId),

    async eraseUser(userId) {
      if (erasing.has(userId)) throw new AppError('data_being_removed');
      const connected = deps.captures.active(userId).filter((device) => device.isConnected);
      if (connected.length > 0)
        throw new AppError('devices_connected', { count: connected.length });
      erasing.add(userId);
      try {
        await endRecording(userId);
        // Their jobs go with the records; then nobody takes one again.
        const records = await deps.records.removeAll(userId);
        await deps.stopJobs(userId);
        const files = await deps.files.removeAll(userId);
        // What a job wrote while it was being stopped.
        const late = await deps.records.removeAll(userId);
        deps.onErased(userId);
        return { records: sum(records, late), files };
      } finally {
        erasing.delete(userId);
      }
    },

    async removeCapture(userId, id, isForced) {
      const capture = await captureStore.find(userId, id);
      if (!capture) throw new AppError('capture_not_found');
      if (capture.state !== 'sealed') throw new AppError('capture_in_progress');
      const claiming = await deps.conversations.listByCapture(userId, id);
      const segments = await captureStore.segments(userId, id);
      const segmentCount = segments.filter(({ removedAt }) => removedAt === undefined).length;
      if (claiming.length === 0) {
        await deps.upkeep.removeCapture(capture, segments);
        return { segmentCount, conversationCount: 0 };
      }
      if (!isForced) throw new AppError('capture_claimed', { count: claiming.length });
      for (const segment of segments) await deps.upkeep.removeSound(segment, clock.now());
      for (const conversation of claiming) await deps.dropCropped(userId, conversation.id);
      return { segmentCount, conversationCount: claiming.length };
    },

    async removeSoundOf({ userId, id, ranges }) {
      let segmentCount = 0;
      for (const captureId of new Set(ranges.map((range) => range.captureId))) {
        const own = ranges.filter((range) => range.captureId === captureId);
        for (const segment of await segmentsOf(userId, id, captureId, own)) {
          await deps.upkeep.removeSound(segment, clock.now());
          segmentCount += 1;
        }
      }
      return segmentCount;
    },
  };

  /** Segments of the capture that hold some of the conversation's ranges and are near to no other conversation. */
  async function segmentsOf(
    userId: UserId,
    id: ConversationId,
    captureId: CaptureId,
    own: Conversation['ranges'],
  ): Promise<readonly Segment[]> {
    const capture = await captureStore.find(userId, captureId);
    if (!capture) return [];
    const lastMs =
      capture.state === 'sealed' ? Infinity : Math.max(...own.map(({ endMs }) => endMs));
    const pieces = (await captureStore.segments(userId, captureId))
      .filter(({ isSealed, removedAt }) => isSealed && removedAt === undefined)
      .map((segment) => ({
        segment,
        startMs: segment.startMs,
        endMs: segment.startMs + segment.durationMs,
      }))
      .filter((piece) => piece.endMs <= lastMs && intersect([piece], own).length > 0);
    const claiming = await deps.conversations.listByCapture(userId, captureId);
    const others = claiming
      .filter((other) => other.id !== id)
      .flatMap((other) => other.ranges.filter((range) => range.captureId === captureId))
      .map((range) => ({ ...range, fate: 'keep' as const }));
    const claims = [...others, ...own.map((range) => ({ ...range, fate: 'drop-whole' as const }))];
    return planRemoval(pieces, claims, { isUnclaimedOver: false }).map(
      ({ piece }) => piece.segment,
    );
  }
}

function sum(
  a: Readonly<Record<string, number>>,
  b: Readonly<Record<string, number>>,
): Readonly<Record<string, number>> {
  return Object.fromEntries(
    [...new Set([...Object.keys(a), ...Object.keys(b)])].map((key) => [
      key,
      (a[key] ?? 0) + (b[key] ?? 0),
    ]),
  );
}
