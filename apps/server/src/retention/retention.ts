import { setImmediate as nextTurn } from 'node:timers/promises';
import type { ConversationId, UserId } from '@friend-lite/contract';
import type { Clock } from '../base/index.ts';
import type { Capture, CaptureStore, CaptureUpkeep, Segment } from '../capture/index.ts';
import type { Conversation, ConversationStore, CroppedFiles } from '../conversations/index.ts';
import { fateOf, planRemoval, type Claim, type Fate, type RemovalReason } from './plan.ts';
import type { RetentionSettings, RetentionSettingsStore, SoundRecords } from './ports.ts';

/** A conversation that is to go, whole or only its sound. */
export interface ConversationGoing {
  readonly conversation: Conversation;
  readonly what: 'whole' | 'sound';
}

/** Segments of a capture that are to go. */
export interface SoundGoing {
  readonly capture: Capture;
  readonly segments: readonly { readonly segment: Segment; readonly reason: RemovalReason }[];
  readonly byteCount: number;
}

/** What goes now, or just went. */
export interface RetentionPlan {
  readonly conversations: readonly ConversationGoing[];
  readonly sound: readonly SoundGoing[];
  /** On the disk: segments and cropped copies. */
  readonly byteCount: number;
}

/** Lets go of what its owner no longer wants to keep. Pinned conversations lose nothing. */
export interface Retention {
  /** Lists what `run` would remove now. Changes nothing. */
  preview(userId: UserId, signal: AbortSignal): Promise<RetentionPlan>;
  /** Removes it; says what went. Stopped half-way, the next run goes on. */
  run(userId: UserId, signal: AbortSignal): Promise<RetentionPlan>;
  /** As they hold now. */
  settings(userId: UserId): Promise<RetentionSettings>;
}

export interface RetentionDeps {
  readonly settings: RetentionSettingsStore;
  /** Hours that unclaimed sound is kept where its owner did not choose; 0: for ever. */
  readonly unclaimedAudioHours: number;
  readonly records: Pick<SoundRecords, 'listOver'>;
  readonly captures: Pick<CaptureStore, 'segments'>;
  readonly upkeep: CaptureUpkeep;
  /** Segments whose sound went lately. */
  readonly listRemoved: (userId: UserId, since: number) => Promise<readonly Segment[]>;
  readonly conversations: Pick<ConversationStore, 'find' | 'list' | 'listByCapture'>;
  readonly cropped: Pick<CroppedFiles, 'open'>;
  /** Whether its owner wants it kept whatever the settings say. */
  readonly isPinned: (conversation: Conversation) => boolean;
  /** Removes the cropped copy and notes that there is none. Idempotent. */
  readonly dropCropped: (userId: UserId, id: ConversationId) => Promise<void>;
  /** Removes the conversation, its words and memories everywhere. Idempotent. */
  readonly removeConversation: (userId: UserId, id: ConversationId) => Promise<void>;
  readonly clock: Clock;
}

const hourMs = 3_600_000;
const dayMs = 24 * hourMs;
const pageSize = 500;
/** A run that was killed between noting a removal and doing it is made good by the next ones. */
const repeatMs = 2 * dayMs;

const keepEverything: RetentionSettings = {
  audioDays: null,
  conversationsDays: null,
  unclaimedAudioHours: null,
};

/** The settings as ages; null: never. */
interface Ages {
  readonly soundMs: number | null;
  readonly wholeMs: number | null;
  readonly unclaimedMs: number | null;
}

export function createRetention(deps: RetentionDeps): Retention {
  const { clock } = deps;

  const settingsOf = async (userId: UserId): Promise<RetentionSettings> =>
    (await deps.settings.find(userId)) ?? keepEverything;

  async function agesOf(userId: UserId): Promise<Ages> {
    const { audioDays, conversationsDays, unclaimedAudioHours } = await settingsOf(userId);
    const hours = unclaimedAudioHours ?? deps.unclaimedAudioHours;
    return {
      soundMs: audioDays === null ? null : audioDays * dayMs,
      wholeMs: conversationsDays === null ? null : conversationsDays * dayMs,
      unclaimedMs: hours === 0 ? null : hours * hourMs,
    };
  }

  const fateNow = (conversation: Conversation, ages: Ages, now: number): Fate =>
    fateOf({ ...conversation, isPinned: deps.isPinned(conversation) }, ages, now);

  /** Closed conversations that do not stay as they are, oldest first. */
  async function agedConversations(
    userId: UserId,
    ages: Ages,
    now: number,
  ): Promise<readonly { readonly conversation: Conversation; readonly fate: Fate }[]> {
    if (ages.soundMs === null && ages.wholeMs === null) return [];
    const aged: { readonly conversation: Conversation; readonly fate: Fate }[] = [];
    for (let offset = 0; ; offset += pageSize) {
      const page = await deps.conversations.list(userId, { limit: pageSize, offset });
      for (const conversation of page.conversations) {
        const fate = fateNow(conversation, ages, now);
        if (fate !== 'keep') aged.unshift({ conversation, fate });
      }
      if (offset + pageSize >= page.total) return aged;
      await nextTurn();
    }
  }

  /**
   * What goes of each capture, in turn, and of which conversations that stay; asked anew for each, since
   * people edit meanwhile.
   */
  async function* soundGoing(
    userId: UserId,
    ages: Ages,
    now: number,
    signal: AbortSignal,
  ): AsyncGenerator<{ readonly going: SoundGoing; readonly from: ReadonlySet<ConversationId> }> {
    const least = Math.min(...[ages.soundMs, ages.wholeMs, ages.unclaimedMs].map(orInfinity));
    if (least === Infinity) return;
    for (const capture of await deps.records.listOver(userId, now - least)) {
      signal.throwIfAborted();
      await nextTurn();
      const found = await planCapture(capture, ages, now);
      if (found.going.segments.length > 0) yield found;
    }
  }

  async function planCapture(
    capture: Capture,
    ages: Ages,
    now: number,
  ): Promise<{ readonly going: SoundGoing; readonly from: ReadonlySet<ConversationId> }> {
    const { userId, id, endedAt } = capture;
    const segments = await deps.captures.segments(userId, id);
    const pieces = segments
      .filter((segment) => segment.isSealed && segment.removedAt === undefined)
      .map((segment) => ({
        segment,
        startMs: segment.startMs,
        endMs: segment.startMs + segment.durationMs,
      }));
    const claims: (Claim & { readonly id: ConversationId })[] = [];
    for (const conversation of await deps.conversations.listByCapture(userId, id)) {
      const fate = fateNow(conversation, ages, now);
      for (const range of conversation.ranges) {
        if (range.captureId === id) claims.push({ ...range, fate, id: conversation.id });
      }
    }
    const isUnclaimedOver =
      ages.unclaimedMs !== null && endedAt !== null && endedAt < now - ages.unclaimedMs;
    const plan = planRemoval(pieces, claims, { isUnclaimedOver });
    const going = plan.map(({ piece, reason }) => ({ segment: piece.segment, reason }));
    const losers = plan.flatMap((one) => one.losers);
    return {
      going: {
        capture,
        segments: going,
        byteCount: going.reduce((sum, { segment }) => sum + storedBytes(segment), 0),
      },
      from: new Set(losers.filter(({ fate }) => fate === 'drop-sound').map(({ id: of }) => of)),
    };
  }

  async function carryOut(
    userId: UserId,
    signal: AbortSignal,
    isReal: boolean,
  ): Promise<RetentionPlan> {
    const now = clock.now();
    const ages = await agesOf(userId);
    const losingSound = new Set<ConversationId>();
    const sound: SoundGoing[] = [];
    let byteCount = 0;
    for await (const { going, from } of soundGoing(userId, ages, now, signal)) {
      sound.push(going);
      byteCount += going.byteCount;
      for (const id of from) losingSound.add(id);
      if (!isReal) continue;
      for (const { segment } of going.segments) await deps.upkeep.removeSound(segment, now);
    }
    // After their sound: killed in between, the next run finds them again.
    const conversations: ConversationGoing[] = [];
    for (const { conversation, fate } of await agedConversations(userId, ages, now)) {
      signal.throwIfAborted();
      const { id, croppedSpans } = conversation;
      const isWhole = fate === 'drop-whole';
      if (!isWhole && croppedSpans === null && !losingSound.has(id)) continue;
      byteCount +=
        croppedSpans === null ? 0 : ((await deps.cropped.open(userId, id))?.byteCount ?? 0);
      conversations.push({ conversation, what: isWhole ? 'whole' : 'sound' });
      if (!isReal) continue;
      await (isWhole ? deps.removeConversation : deps.dropCropped)(userId, id);
    }
    return { conversations, sound, byteCount };
  }

  return {
    settings: settingsOf,
    preview: (userId, signal) => carryOut(userId, signal, false),
    async run(userId, signal) {
      for (const segment of await deps.listRemoved(userId, clock.now() - repeatMs)) {
        await deps.upkeep.removeSound(segment, clock.now());
      }
      return carryOut(userId, signal, true);
    },
  };
}

/** Bytes of sound a segment's file holds now. */
function storedBytes({ packedByteCount, byteCount }: Segment): number {
  return packedByteCount ?? byteCount;
}

function orInfinity(ageMs: number | null): number {
  return ageMs ?? Infinity;
}
