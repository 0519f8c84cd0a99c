/**
 * Packets of a pendant (OMI, Friend) whose 3-byte header is still on: the packet's index, 16 bits
 * little-endian, then the number of this fragment within its codec frame, then the payload.
 *
 * The index counts packets and wraps after 65535; some firmware gives both fragments of a frame one index. A
 * frame is known to be whole only when the next one begins, so each comes one packet late.
 */

export interface PendantState {
  /** The packet before; null at the beginning. */
  readonly previous: { readonly index: number; readonly fragment: number } | null;
  /** The frame that is being put together; null when its beginning or middle was lost. */
  readonly pending: PendingFrame | null;
  /** Frames lost since the last one that was begun. */
  readonly lostFrames: number;
  /** What the newest whole frame was made of: its fragments, and the indexes they took. */
  readonly usual: { readonly fragments: number; readonly indexes: number };
}

interface PendingFrame {
  readonly fragments: readonly Uint8Array[];
  readonly indexes: number;
  readonly seq: number | null;
  readonly lostBefore: number;
}

/** A whole codec frame. */
export interface PendantFrame {
  readonly bytes: Uint8Array;
  /** Of the message that completed it. */
  readonly seq: number | null;
  /** Frames that were lost before it. */
  readonly lostBefore: number;
}

export interface PendantStep {
  readonly state: PendantState;
  readonly frame: PendantFrame | null;
  /** `malformed`: no payload behind a header; `repeated`: came before, or too late. Both are dropped. */
  readonly fault: 'malformed' | 'repeated' | null;
}

const headerBytes = 3;
const indexes = 0x1_0000;
/** A step back by no more than this is a packet that came late; by more, the device began anew. */
const lateWithin = 16;
/** 160-sample PCM needs two fragments; nothing known needs more than a few. */
const maxFragments = 16;

export const initialPendantState: PendantState = {
  previous: null,
  pending: null,
  lostFrames: 0,
  usual: { fragments: 1, indexes: 1 },
};

/** Takes the next packet, with its header on. */
export function takePendantPacket(
  state: PendantState,
  packet: Uint8Array,
  seq: number | null,
): PendantStep {
  const [low, high, fragment] = packet;
  if (low === undefined || high === undefined || fragment === undefined) {
    return { state, frame: null, fault: 'malformed' };
  }
  const payload = packet.subarray(headerBytes);
  if (payload.byteLength === 0) return { state, frame: null, fault: 'malformed' };
  const index = low + high * 256;
  const { previous } = state;
  if (previous && isRepeated(previous, index, fragment)) {
    return { state, frame: null, fault: 'repeated' };
  }
  const lost = previous ? missingBetween(previous.index, index) : 0;
  const seen: PendantState = { ...state, previous: { index, fragment } };
  if (fragment === 0) return begin(seen, payload, seq, lost);
  if (previous?.fragment !== fragment - 1 || lost > 0) return skip(seen, lost);
  return proceed(seen, payload, seq, index === previous.index ? 0 : 1);
}

/** The frame that still waits for its next neighbour: the stream ended. */
export function lastPendantFrame({ pending }: PendantState): PendantFrame | null {
  return pending ? frameOf(pending) : null;
}

/** The fragment begins a frame, so the one before is over. */
function begin(
  state: PendantState,
  payload: Uint8Array,
  seq: number | null,
  lost: number,
): PendantStep {
  const { state: rest, frame } = conclude(state, lost);
  const pending = { fragments: [payload], indexes: 1, seq, lostBefore: rest.lostFrames };
  return { state: { ...rest, pending, lostFrames: 0 }, frame, fault: null };
}

/** The fragment goes on with the frame that is pending; of one that was dropped, it is dropped too. */
function proceed(
  state: PendantState,
  payload: Uint8Array,
  seq: number | null,
  indexes: number,
): PendantStep {
  const { pending } = state;
  if (!pending) return { state, frame: null, fault: null };
  if (pending.fragments.length >= maxFragments) return skip(state, 0);
  const longer: PendingFrame = {
    ...pending,
    fragments: [...pending.fragments, payload],
    indexes: pending.indexes + indexes,
    seq,
  };
  return { state: { ...state, pending: longer }, frame: null, fault: null };
}

/** The fragment is of a frame whose beginning or middle was lost: that frame is lost with it. */
function skip(state: PendantState, lost: number): PendantStep {
  return { ...conclude(state, lost + 1), fault: null };
}

/**
 * Ends the pending frame, with `missing` indexes behind it that bring nothing. Where frames come in several
 * fragments and it has fewer, some of the missing ones were its own: then it is lost as well.
 */
function conclude(
  state: PendantState,
  missing: number,
): { readonly state: PendantState; readonly frame: PendantFrame | null } {
  const { pending, usual } = state;
  const isTorn = pending !== null && missing > 0 && pending.fragments.length < usual.fragments;
  const frame = pending && !isTorn ? frameOf(pending) : null;
  const lostIndexes = missing + (isTorn ? pending.indexes : 0);
  const lostFrames =
    (isTorn ? pending.lostBefore : 0) + state.lostFrames + Math.ceil(lostIndexes / usual.indexes);
  return {
    state: {
      ...state,
      pending: null,
      lostFrames,
      usual:
        pending && frame
          ? { fragments: pending.fragments.length, indexes: pending.indexes }
          : usual,
    },
    frame,
  };
}

function isRepeated(
  previous: { readonly index: number; readonly fragment: number },
  index: number,
  fragment: number,
): boolean {
  const back = (previous.index - index + indexes) % indexes;
  if (back === 0) return fragment <= previous.fragment;
  return back <= lateWithin;
}

/** Packets missing between two indexes; none that can be told when the device began anew. */
function missingBetween(from: number, to: number): number {
  const ahead = (to - from + indexes) % indexes;
  return ahead === 0 || ahead >= indexes / 2 ? 0 : ahead - 1;
}

function frameOf({ fragments, seq, lostBefore }: PendingFrame): PendantFrame {
  const [first] = fragments;
  const bytes = first && fragments.length === 1 ? first : concat(fragments);
  return { bytes, seq, lostBefore };
}

function concat(parts: readonly Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.byteLength, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.byteLength;
  }
  return whole;
}
