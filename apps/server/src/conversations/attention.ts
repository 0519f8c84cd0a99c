import type { CloseReason } from '@friend-lite/contract';
import { unreachable } from '../base/index.ts';

/**
 * When a conversation opens and closes, as a pure function over what was heard in one capture.
 *
 * It opens on speech and closes when nobody has spoken for the timeout: measured in capture time while
 * sound arrives (so that sound may arrive faster than it was spoken) and by the wall clock whether or not
 * more sound arrives. Time nobody could record, because the device was away, is not silence.
 */
export interface AttentionSettings {
  /** Silence after which a conversation is over, ms. */
  readonly timeoutMs: number;
  /** Silence kept before the first and after the last word, ms. */
  readonly contextMs: number;
}

export type Attention =
  /** Nothing is open. A conversation that opens now may not claim sound before `notBeforeMs`. */
  | { readonly kind: 'quiet'; readonly notBeforeMs: number }
  | {
      readonly kind: 'open';
      readonly startMs: number;
      /** Capture time of the end of the last speech heard. */
      readonly speechEndMs: number;
      /** Capture time from which silence is counted: the end of speech, moved on by gaps. */
      readonly silentSinceMs: number;
      /** Wall clock, epoch ms, from which silence is counted. */
      readonly silentSinceAt: number;
    };

/** Times ending in `Ms` are capture time; `at` is the wall clock, epoch ms. */
export type AttentionEvent =
  /** Speech was heard in [startMs, endMs); reported again with a later `endMs` while it goes on. */
  | {
      readonly type: 'speech';
      readonly startMs: number;
      readonly endMs: number;
      readonly at: number;
    }
  /** Everything up to `analyzedMs` was listened to, and is silence since the last speech. */
  | { readonly type: 'silence'; readonly analyzedMs: number; readonly at: number }
  /** The wall clock moved; the device is connected and all its sound was listened to. */
  | { readonly type: 'tick'; readonly at: number }
  /** The device was away; `awayMs` of wall clock, [startMs, endMs) of capture time. */
  | {
      readonly type: 'gap';
      readonly startMs: number;
      readonly endMs: number;
      readonly awayMs: number;
    }
  /** A hard boundary: nothing recorded before `endMs` joins a later conversation, nothing after it this one. */
  | { readonly type: 'end'; readonly reason: CloseReason; readonly endMs: number };

export type AttentionEffect =
  | { readonly type: 'open'; readonly startMs: number; readonly speechEndMs: number }
  | { readonly type: 'extend'; readonly speechEndMs: number }
  | { readonly type: 'close'; readonly reason: CloseReason; readonly endMs: number };

export interface AttentionStep {
  readonly attention: Attention;
  readonly effects: readonly AttentionEffect[];
}

export const attentive: Attention = { kind: 'quiet', notBeforeMs: 0 };

export function reduceAttention(
  attention: Attention,
  event: AttentionEvent,
  settings: AttentionSettings,
): AttentionStep {
  switch (event.type) {
    case 'speech':
      return hearSpeech(attention, event, settings);
    case 'silence':
      return attention.kind === 'open' &&
        event.analyzedMs - attention.silentSinceMs >= settings.timeoutMs
        ? timeOut(attention, settings)
        : { attention, effects: [] };
    case 'tick':
      return attention.kind === 'open' && event.at - attention.silentSinceAt >= settings.timeoutMs
        ? timeOut(attention, settings)
        : { attention, effects: [] };
    case 'gap':
      return { attention: skipGap(attention, event), effects: [] };
    case 'end':
      return {
        attention: { kind: 'quiet', notBeforeMs: event.endMs },
        effects:
          attention.kind === 'open'
            ? [{ type: 'close', reason: event.reason, endMs: event.endMs }]
            : [],
      };
    default:
      return unreachable(event);
  }
}

/** Wall-clock time at which an open conversation times out unless something is heard; null when none is open. */
export function deadlineOf(attention: Attention, settings: AttentionSettings): number | null {
  return attention.kind === 'open' ? attention.silentSinceAt + settings.timeoutMs : null;
}

function hearSpeech(
  attention: Attention,
  speech: { readonly startMs: number; readonly endMs: number; readonly at: number },
  settings: AttentionSettings,
): AttentionStep {
  if (attention.kind === 'quiet') return open(attention.notBeforeMs, speech, settings);

  // The detector may report late: silence before this speech may already have been long enough.
  if (speech.startMs - attention.silentSinceMs >= settings.timeoutMs) {
    const timedOut = timeOut(attention, settings);
    const reopened = hearSpeech(timedOut.attention, speech, settings);
    return { attention: reopened.attention, effects: [...timedOut.effects, ...reopened.effects] };
  }
  if (speech.endMs <= attention.speechEndMs) return { attention, effects: [] };
  return {
    attention: {
      ...attention,
      speechEndMs: speech.endMs,
      silentSinceMs: Math.max(speech.endMs, attention.silentSinceMs),
      silentSinceAt: Math.max(speech.at, attention.silentSinceAt),
    },
    effects: [{ type: 'extend', speechEndMs: speech.endMs }],
  };
}

function open(
  notBeforeMs: number,
  speech: { readonly startMs: number; readonly endMs: number; readonly at: number },
  settings: AttentionSettings,
): AttentionStep {
  if (speech.endMs <= notBeforeMs) {
    return { attention: { kind: 'quiet', notBeforeMs }, effects: [] };
  }
  const startMs = Math.max(notBeforeMs, speech.startMs - settings.contextMs, 0);
  return {
    attention: {
      kind: 'open',
      startMs,
      speechEndMs: speech.endMs,
      silentSinceMs: speech.endMs,
      silentSinceAt: speech.at,
    },
    effects: [{ type: 'open', startMs, speechEndMs: speech.endMs }],
  };
}

function timeOut(
  attention: Extract<Attention, { kind: 'open' }>,
  settings: AttentionSettings,
): AttentionStep {
  const endMs = attention.speechEndMs + Math.min(settings.contextMs, settings.timeoutMs);
  return {
    attention: { kind: 'quiet', notBeforeMs: endMs },
    effects: [{ type: 'close', reason: 'timeout', endMs }],
  };
}

function skipGap(
  attention: Attention,
  gap: { readonly startMs: number; readonly endMs: number; readonly awayMs: number },
): Attention {
  if (attention.kind === 'quiet') return attention;
  return {
    ...attention,
    silentSinceMs: attention.silentSinceMs + Math.max(0, gap.endMs - gap.startMs),
    silentSinceAt: attention.silentSinceAt + Math.max(0, gap.awayMs),
  };
}
