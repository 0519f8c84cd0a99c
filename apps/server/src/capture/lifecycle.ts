import { unreachable } from '../base/index.ts';
import type { Capture, CaptureEndReason } from './ports.ts';

/**
 * The capture's state machine, `live ⇄ away(grace) → ended → sealed`, as a pure function: what happens to
 * a device goes in, the new state and what is to be done about it come out. Times are epoch ms.
 */
export type CaptureLife =
  /** A socket of the device is connected. */
  | { readonly state: 'live' }
  /** The device was lost and may come back within the grace. */
  | { readonly state: 'away'; readonly since: number }
  /** Over for good; its last sound may still be on its way to the disk. */
  | { readonly state: 'ended'; readonly at: number; readonly reason: CaptureEndReason }
  /** Over, and every segment of it is complete. */
  | { readonly state: 'sealed'; readonly at: number; readonly reason: CaptureEndReason };

export type LifeEvent =
  | { readonly type: 'lost'; readonly at: number }
  | { readonly type: 'returned' }
  | { readonly type: 'grace-over' }
  | { readonly type: 'end'; readonly at: number; readonly reason: CaptureEndReason }
  /** Everything taken has been written out. `isWhole`: and every segment was sealed. */
  | { readonly type: 'written'; readonly isWhole: boolean };

export type LifeEffect =
  | 'start-grace'
  | 'cancel-grace'
  /** Write out what is pending and complete the open segment; more may follow. */
  | 'cut-recording'
  /** Write out what is pending, complete every segment, and report `written`. */
  | 'finish-recording'
  | 'announce-away'
  | 'announce-back'
  | 'announce-ended';

export interface LifeStep {
  readonly life: CaptureLife;
  readonly effects: readonly LifeEffect[];
}

/**
 * Moves the machine. An event that does not apply to the state changes nothing and asks for nothing, so a
 * late timer or a second close is harmless; in particular nothing leads back from `ended`.
 */
export function reduceLife(life: CaptureLife, event: LifeEvent): LifeStep {
  switch (event.type) {
    case 'lost':
      if (life.state !== 'live') return unchanged(life);
      return {
        life: { state: 'away', since: event.at },
        effects: ['cut-recording', 'announce-away', 'start-grace'],
      };
    case 'returned':
      if (life.state !== 'away') return unchanged(life);
      return { life: { state: 'live' }, effects: ['cancel-grace', 'announce-back'] };
    case 'grace-over':
      if (life.state !== 'away') return unchanged(life);
      return {
        life: { state: 'ended', at: life.since, reason: 'lost' },
        effects: ['finish-recording'],
      };
    case 'end':
      if (life.state !== 'live' && life.state !== 'away') return unchanged(life);
      return {
        life: { state: 'ended', at: event.at, reason: event.reason },
        effects:
          life.state === 'away' ? ['cancel-grace', 'finish-recording'] : ['finish-recording'],
      };
    case 'written':
      if (life.state !== 'ended') return unchanged(life);
      return {
        // A capture with a broken segment stays `ended`: the next start repairs and seals it.
        life: event.isWhole ? { ...life, state: 'sealed' } : life,
        effects: ['announce-ended'],
      };
    default:
      return unreachable(event);
  }
}

/** The fields of the capture's record that the machine moves. */
export function lifeFields(
  life: CaptureLife,
): Pick<Capture, 'state' | 'awaySince' | 'endedAt' | 'endReason'> {
  switch (life.state) {
    case 'live':
      return { state: 'live', awaySince: null, endedAt: null, endReason: null };
    case 'away':
      return { state: 'away', awaySince: life.since, endedAt: null, endReason: null };
    case 'ended':
    case 'sealed':
      return { state: life.state, awaySince: null, endedAt: life.at, endReason: life.reason };
    default:
      return unreachable(life);
  }
}

function unchanged(life: CaptureLife): LifeStep {
  return { life, effects: [] };
}
