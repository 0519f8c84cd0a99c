import type {
  CaptureId,
  ClientId,
  CloseReason,
  ConversationId,
  UserId,
} from '@friend-lite/contract';
import type { OpusDecoders } from '../audio/index.ts';
import type {
  Capture,
  CaptureEndReason,
  CaptureEvent,
  Captures,
  CaptureStore,
} from '../capture/index.ts';
import { attentive, type Attention, type ConversationStore } from '../conversations/index.ts';
import { openEar, type Ear, type EarTools } from './ear.ts';
import type { LiveCaptions } from './live-captions.ts';
import { startLiveDecoding, type LiveDecoding } from './live-decoding.ts';
import { samplesOf } from './sound.ts';

/** Joins capture and conversations: an ear for each capture that is not over. */
export interface Listening {
  /** Takes up every capture that was not heard to its end by an earlier process. Call once, after repair. */
  resume(): Promise<void>;
  /** Closes the device's open conversation now. Null when the device has none. */
  closeConversation(userId: UserId, clientId: ClientId): Promise<ConversationId | null>;
  /** The conversation open on this capture. */
  openConversation(captureId: CaptureId): ConversationId | null;
  /** Stops listening; nothing is ended. */
  dispose(): Promise<void>;
}

export interface ListeningTools extends EarTools {
  readonly captures: Pick<Captures, 'tap'>;
  readonly captureStore: Pick<CaptureStore, 'find' | 'segments'>;
  readonly conversationStore: Pick<ConversationStore, 'listByCapture'>;
  readonly decoders: OpusDecoders;
  readonly captions: Pick<LiveCaptions, 'hear' | 'end'>;
}

/** An ear, and what it listens to. */
interface Listener {
  readonly ear: Ear;
  /** Gives sound to the ear and to the captions. */
  readonly hear: Ear['hear'];
  capture: Capture;
  /** Of an Opus capture. */
  readonly decoding: LiveDecoding | null;
}

/** A detector that starts in the middle of a word hears it late: this much is heard again after a restart. */
const overlapMs = 2000;

/** How long until ending a capture is tried again. */
const endRetryMs = { first: 5000, longest: 60_000 };

export function startListening(tools: ListeningTools): Listening {
  const ears = new Map<CaptureId, Listener>();
  const ending = new Set<CaptureId>();
  const { clock, log } = tools;

  const add = (capture: Capture, ear: Ear): void => {
    const hear = (startMs: number, samples: Int16Array): void => {
      ear.hear(startMs, samples);
      if (capture.origin === 'live') tools.captions.hear(capture, startMs, samples);
    };
    const heard = { hear, fallBehind: (recordedMs: number) => ear.fallBehind(recordedMs) };
    const decoding =
      capture.format.encoding === 'opus' ? startLiveDecoding(tools.decoders, heard) : null;
    ears.set(capture.id, { ear, hear, capture, decoding });
  };

  const end = (capture: Capture, reason: CaptureEndReason, endMs: number): void => {
    const known = ears.get(capture.id);
    if (!known || ending.has(capture.id)) return;
    ending.add(capture.id);
    void endEar(known, capture, closeReasonOf(reason), endMs, endRetryMs.first);
  };

  /** Tries until the records take it: a conversation must not stay open because the disk was full once. */
  const endEar = async (
    known: Listener,
    capture: Capture,
    reason: CloseReason,
    endMs: number,
    retryAfterMs: number,
  ): Promise<void> => {
    try {
      await known.ear.end(reason, endMs);
    } catch (error) {
      log.error('ending a capture failed', error, { captureId: capture.id, retryAfterMs });
      const nextMs = Math.min(retryAfterMs * 2, endRetryMs.longest);
      clock.after(retryAfterMs, () => {
        if (ears.has(capture.id)) void endEar(known, capture, reason, endMs, nextMs);
      });
      return;
    }
    known.decoding?.close();
    tools.captions.end(capture.id);
    ears.delete(capture.id);
    ending.delete(capture.id);
  };

  /** In its place among the sound, which may still be with its decoder. */
  const afterSound = (known: Listener | undefined, task: (known: Listener) => void): void => {
    if (known?.decoding) known.decoding.afterwards(() => task(known));
    else if (known) task(known);
  };

  const onCapture = (event: CaptureEvent): void => {
    const known = ears.get(event.capture.id);
    switch (event.type) {
      case 'opened': {
        // A recording that is gone on with is told as opened again.
        if (known) return;
        // Written first, so that a restart knows there is something to listen to.
        tools.speech
          .record(event.capture.userId, event.capture.id, { regions: [], analyzedMs: 0 })
          .catch((error: unknown) => log.error('speech record failed', error));
        add(
          event.capture,
          openEar(
            {
              capture: event.capture,
              fromMs: 0,
              recordedMs: 0,
              attention: attentive,
              conversationId: null,
            },
            tools,
          ),
        );
        return;
      }
      case 'sound':
        known?.hear(event.startMs, samplesOf(event.pcm));
        return;
      case 'packets':
        known?.decoding?.hear(event.startMs, event.endMs, event.packets);
        return;
      case 'away':
        if (known) known.capture = event.capture;
        afterSound(known, ({ ear }) => ear.away(event.capture));
        return;
      case 'back':
        if (known) known.capture = event.capture;
        afterSound(known, ({ ear }) => ear.back(event.capture));
        return;
      case 'gap':
        afterSound(known, ({ ear }) => ear.skip(event));
        return;
      case 'ended':
        afterSound(known, () => end(event.capture, event.reason, event.endMs));
        return;
    }
  };

  const resumeOne = async (userId: UserId, captureId: CaptureId): Promise<void> => {
    const capture = await tools.captureStore.find(userId, captureId);
    if (!capture) return tools.speech.finish(userId, captureId);
    if (ears.has(captureId)) return;

    const last = (await tools.captureStore.segments(userId, captureId)).at(-1);
    const recordedMs = last ? last.startMs + last.durationMs : 0;
    const analyzedMs = await tools.speech.analyzedMs(userId, captureId);
    const { attention, conversationId } = await recallAttention(capture);
    const isOver = capture.state === 'ended' || capture.state === 'sealed';
    add(
      capture,
      openEar(
        {
          // Whatever it was doing when the process ended, its device is not connected now.
          capture: isOver ? capture : { ...capture, state: 'away' },
          fromMs: Math.max(0, Math.min(analyzedMs, recordedMs) - overlapMs),
          recordedMs,
          attention,
          conversationId,
        },
        tools,
      ),
    );
    if (isOver) end(capture, capture.endReason ?? 'lost', recordedMs);
  };

  const recallAttention = async (
    capture: Capture,
  ): Promise<{ attention: Attention; conversationId: ConversationId | null }> => {
    const claims = (await tools.conversationStore.listByCapture(capture.userId, capture.id)).map(
      (conversation) => ({
        conversation,
        range: conversation.ranges.findLast((range) => range.captureId === capture.id),
      }),
    );
    const open = claims.find(({ conversation }) => conversation.phase === 'open');
    if (open?.range) {
      const { startMs, endMs } = open.range;
      return {
        attention: {
          kind: 'open',
          startMs,
          speechEndMs: endMs,
          silentSinceMs: endMs,
          silentSinceAt: clock.now(),
        },
        conversationId: open.conversation.id,
      };
    }
    const notBeforeMs = Math.max(0, ...claims.map(({ range }) => range?.endMs ?? 0));
    return { attention: { kind: 'quiet', notBeforeMs }, conversationId: null };
  };

  const untap = tools.captures.tap(onCapture);

  return {
    async resume() {
      for (const { userId, captureId } of await tools.speech.listUnfinished()) {
        await resumeOne(userId, captureId);
      }
    },

    async closeConversation(userId, clientId) {
      for (const { ear, capture, decoding } of ears.values()) {
        const isOfDevice = capture.userId === userId && capture.clientId === clientId;
        // What is being imported in the device's name is not what it is in now.
        if (!isOfDevice || capture.origin !== 'live') continue;
        await decoding?.settled();
        const closed = await ear.closeConversation('manual');
        if (closed) return closed;
      }
      return null;
    },

    openConversation: (captureId) => ears.get(captureId)?.ear.conversationId() ?? null,

    async dispose() {
      untap();
      await Promise.all(
        [...ears.values()].map(({ ear, decoding }) => {
          decoding?.close();
          return ear.dispose();
        }),
      );
      ears.clear();
    },
  };
}

/** A clean end is somebody's decision; a device that never came back was disconnected. */
function closeReasonOf(reason: CaptureEndReason): CloseReason {
  return reason === 'lost' ? 'disconnect' : 'stop';
}
