import type { CloseReason, ConversationId } from '@friend-lite/contract';
import type { Span, VoiceActivity, VoiceActivityDetector } from '../audio/index.ts';
import { unreachable, type Clock, type Log } from '../base/index.ts';
import type { Capture } from '../capture/index.ts';
import {
  deadlineOf,
  reduceAttention,
  type Attention,
  type AttentionEffect,
  type AttentionEvent,
  type AttentionSettings,
  type Conversations,
  type SpeechStore,
} from '../conversations/index.ts';
import { startFeed } from './feed.ts';

/** What every ear shares. */
export interface EarTools {
  readonly detector: VoiceActivityDetector;
  readonly conversations: Conversations;
  readonly speech: SpeechStore;
  /** Recorded sound of a capture, [startMs, endMs), 16 kHz mono, time nobody recorded as silence. */
  readonly readSamples: (
    capture: Capture,
    startMs: number,
    endMs: number,
  ) => AsyncIterable<Int16Array>;
  readonly settings: AttentionSettings;
  readonly clock: Clock;
  readonly log: Log;
  /** Called with every report of the detector on live sound, for the level meter. */
  readonly onActivity: (capture: Capture, activity: VoiceActivity) => void;
}

/** Where an ear begins: at 0, or where the one before the restart left off. */
export interface EarStart {
  readonly capture: Capture;
  readonly fromMs: number;
  readonly recordedMs: number;
  readonly attention: Attention;
  readonly conversationId: ConversationId | null;
}

/**
 * Listens to one capture: recorded sound → detector → attention → conversation. What it learns is written in
 * order, one report after another.
 */
export interface Ear {
  conversationId(): ConversationId | null;
  /** Sound that is on disk now. */
  hear(startMs: number, samples: Int16Array): void;
  /** Sound up to here is on disk and was not given to `hear`. */
  fallBehind(recordedMs: number): void;
  /** The device is gone for now. */
  away(capture: Capture): void;
  /** The device is back. */
  back(capture: Capture): void;
  /** Nobody recorded this stretch; sound goes on behind it. */
  skip(gap: Span): void;
  /** Closes the open conversation at what is recorded now. Resolves with its id, or null when none is open. */
  closeConversation(reason: CloseReason): Promise<ConversationId | null>;
  /** The capture is over. Resolves when all of it was heard and its conversation is closed. */
  end(reason: CloseReason, endMs: number): Promise<void>;
  /** Stops without ending anything: the next start goes on from here. */
  dispose(): Promise<void>;
}

/** How far listening may run ahead of what is written; after a crash this much is heard again. */
const persistEveryMs = 5000;
/** How long until what the records refused is offered to them again. */
const retryMs = 5000;
/** Sound not listened to yet that keeps the clock from closing a conversation. */
const unheardToleranceMs = 1000;

export function openEar(start: EarStart, tools: EarTools): Ear {
  const { clock, settings } = tools;
  const { id: captureId, userId, clientId } = start.capture;

  let capture = start.capture;
  let attention = start.attention;
  let conversationId = start.conversationId;
  let awaySince = capture.state === 'live' ? null : clock.now();
  /** Sound of the past comes as it is read: only its own time counts, and nobody watches. */
  const isLive = capture.origin === 'live';
  let isDisposed = false;
  let persistedMs = start.fromMs;
  let unwritten: VoiceActivity[] = [];
  let tail: Promise<void> = Promise.resolve();
  let cancelDeadline = (): void => undefined;
  let cancelRetry = (): void => undefined;

  const feed = startFeed(captureId, start, {
    detector: tools.detector,
    read: (startMs, endMs) => tools.readSamples(capture, startMs, endMs),
    onActivity(activity) {
      if (isLive) tools.onActivity(capture, activity);
      unwritten.push(activity);
      // One report asks for a turn; those that come before it is its turn ride along.
      if (unwritten.length === 1) void noteReports();
    },
    onGap: (gap) => inTurn(() => dispatch({ type: 'gap', ...gap, awayMs: 0 })),
    clock,
    log: tools.log,
  });
  armDeadline();

  /** Runs `task` after everything asked for before it, and after all reports that have come by then. */
  function inTurn<T>(task: () => Promise<T>): Promise<T> {
    const turn = tail.then(async () => {
      await writeReports();
      const result = await task();
      armDeadline();
      return result;
    });
    tail = turn.then(
      () => undefined,
      (error: unknown) => {
        tools.log.error('listening failed', error, { captureId });
        retryLater();
      },
    );
    return turn;
  }

  /** What could not be written (the disk was full) is written when that has passed. */
  function retryLater(): void {
    cancelRetry();
    if (!isDisposed) cancelRetry = clock.after(retryMs, () => void noteReports());
  }

  function noteReports(): Promise<void> {
    return inTurn(() => Promise.resolve()).catch(() => undefined);
  }

  async function writeReports(): Promise<void> {
    const reports = unwritten;
    unwritten = [];
    const latest = reports.at(-1);
    if (!latest || isDisposed) return;
    try {
      await learn(reports, latest);
    } catch (error) {
      unwritten = joinReports([...reports, ...unwritten]);
      throw error;
    }
  }

  async function learn(reports: readonly VoiceActivity[], latest: VoiceActivity): Promise<void> {
    const at = clock.now();
    const ended = reports.flatMap((report) => report.ended);
    for (const region of ended) await dispatch({ type: 'speech', ...region, at });
    const ongoing = ongoingSpeech(latest);
    if (ongoing) await dispatch({ type: 'speech', ...ongoing, at });
    else await dispatch({ type: 'silence', analyzedMs: latest.analyzedMs, at });

    if (ended.length > 0 || latest.analyzedMs - persistedMs >= persistEveryMs) {
      await persist(ongoing ? [...ended, ongoing] : ended, latest.analyzedMs);
    }
  }

  async function persist(regions: readonly Span[], untilMs: number): Promise<void> {
    if (attention.kind === 'open' && conversationId) {
      await tools.conversations.extend(userId, conversationId, attention.speechEndMs);
    }
    await tools.speech.record(userId, captureId, { regions, analyzedMs: untilMs });
    persistedMs = untilMs;
  }

  async function dispatch(event: AttentionEvent): Promise<void> {
    const step = reduceAttention(attention, event, settings);
    for (const effect of step.effects) await perform(effect);
    // Last: an effect that failed is asked for again by the next event.
    attention = step.attention;
  }

  async function perform(effect: AttentionEffect): Promise<void> {
    switch (effect.type) {
      case 'open': {
        const { startMs, speechEndMs } = effect;
        const opened = await tools.conversations.open({
          userId,
          clientId,
          captureId,
          captureStartedAt: capture.startedAt,
          startMs,
          speechEndMs,
        });
        conversationId = opened.id;
        return;
      }
      case 'extend':
        return; // Written together with the regions, at the next `persist`.
      case 'close': {
        if (!conversationId) return;
        const endMs = Math.min(effect.endMs, feed.recordedMs());
        const endedAt = capture.startedAt + endMs;
        const { reason } = effect;
        await tools.conversations.close(userId, conversationId, { reason, endMs, endedAt });
        conversationId = null;
        return;
      }
      default:
        unreachable(effect);
    }
  }

  /** Sets the timer that closes the conversation when nothing more is heard. */
  function armDeadline(): void {
    cancelDeadline();
    const deadline = deadlineOf(attention, settings);
    // While the device is away its grace decides, not silence nobody could hear.
    if (deadline === null || awaySince !== null || isDisposed || !isLive) return;
    const isUnheard = feed.recordedMs() - feed.analyzedMs() > unheardToleranceMs;
    const delayMs = Math.max(deadline - clock.now(), isUnheard ? unheardToleranceMs : 0);
    cancelDeadline = clock.after(delayMs, () => {
      if (feed.recordedMs() - feed.analyzedMs() > unheardToleranceMs) {
        armDeadline();
        return;
      }
      void inTurn(async () => {
        if (awaySince === null) await dispatch({ type: 'tick', at: clock.now() });
      }).catch(() => undefined);
    });
  }

  return {
    conversationId: () => conversationId,

    hear: (startMs, samples) => feed.add(startMs, samples),

    fallBehind: (recordedMs) => feed.fallBehind(recordedMs),

    away(next) {
      capture = next;
      awaySince ??= clock.now();
      cancelDeadline();
    },

    back(next) {
      capture = next;
      const awayMs = awaySince === null ? 0 : clock.now() - awaySince;
      awaySince = null;
      void inTurn(() => dispatch({ type: 'gap', startMs: 0, endMs: 0, awayMs })).catch(
        () => undefined,
      );
    },

    skip: (gap) => feed.skip(gap),

    async closeConversation(reason) {
      await feed.drain();
      return inTurn(async () => {
        const closed = conversationId;
        await dispatch({ type: 'end', reason, endMs: feed.recordedMs() });
        return closed;
      });
    },

    async end(reason, endMs) {
      await feed.drain();
      await inTurn(async () => {
        await dispatch({ type: 'end', reason, endMs });
        await persist([], feed.analyzedMs());
        await tools.speech.finish(userId, captureId);
      });
      cancelDeadline();
      cancelRetry();
      await feed.dispose();
    },

    async dispose() {
      cancelDeadline();
      cancelRetry();
      await tail;
      isDisposed = true;
      await feed.dispose();
    },
  };
}

/** Several reports as one, so that any number of them takes no more room. */
function joinReports(reports: readonly VoiceActivity[]): VoiceActivity[] {
  const latest = reports.at(-1);
  return latest ? [{ ...latest, ended: reports.flatMap(({ ended }) => ended) }] : [];
}

/** The speech that is going on, as far as it was heard. */
function ongoingSpeech({ speakingSinceMs, analyzedMs }: VoiceActivity): Span | null {
  return speakingSinceMs === null || speakingSinceMs >= analyzedMs
    ? null
    : { startMs: speakingSinceMs, endMs: analyzedMs };
}
