import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { lifeFields, reduceLife, type CaptureLife, type LifeEvent } from './lifecycle.ts';

const live: CaptureLife = { state: 'live' };
const away: CaptureLife = { state: 'away', since: 50 };
const ended: CaptureLife = { state: 'ended', at: 60, reason: 'stop' };
const sealed: CaptureLife = { state: 'sealed', at: 60, reason: 'stop' };

const lost: LifeEvent = { type: 'lost', at: 70 };
const returned: LifeEvent = { type: 'returned' };
const graceOver: LifeEvent = { type: 'grace-over' };
const end: LifeEvent = { type: 'end', at: 80, reason: 'closed' };
const whole: LifeEvent = { type: 'written', isWhole: true };
const broken: LifeEvent = { type: 'written', isWhole: false };

describe('the capture lifecycle', () => {
  const unchanged = (life: CaptureLife) => ({ life, effects: [] });
  const closed: CaptureLife = { state: 'ended', at: 80, reason: 'closed' };

  it.each<[CaptureLife, LifeEvent, ReturnType<typeof reduceLife>]>([
    [
      live,
      lost,
      {
        life: { state: 'away', since: 70 },
        effects: ['cut-recording', 'announce-away', 'start-grace'],
      },
    ],
    [live, returned, unchanged(live)],
    [live, graceOver, unchanged(live)],
    [live, end, { life: closed, effects: ['finish-recording'] }],
    [live, whole, unchanged(live)],
    [live, broken, unchanged(live)],

    [away, lost, unchanged(away)],
    [away, returned, { life: live, effects: ['cancel-grace', 'announce-back'] }],
    [
      away,
      graceOver,
      { life: { state: 'ended', at: 50, reason: 'lost' }, effects: ['finish-recording'] },
    ],
    [away, end, { life: closed, effects: ['cancel-grace', 'finish-recording'] }],
    [away, whole, unchanged(away)],
    [away, broken, unchanged(away)],

    [ended, lost, unchanged(ended)],
    [ended, returned, unchanged(ended)],
    [ended, graceOver, unchanged(ended)],
    [ended, end, unchanged(ended)],
    [ended, whole, { life: sealed, effects: ['announce-ended'] }],
    [ended, broken, { life: ended, effects: ['announce-ended'] }],

    [sealed, lost, unchanged(sealed)],
    [sealed, returned, unchanged(sealed)],
    [sealed, graceOver, unchanged(sealed)],
    [sealed, end, unchanged(sealed)],
    [sealed, whole, unchanged(sealed)],
    [sealed, broken, unchanged(sealed)],
  ])('%j on %j', (life, event, expected) => {
    expect(reduceLife(life, event)).toEqual(expected);
  });

  it('never comes back from its end, and keeps why and when it ended', () => {
    const events = fc.constantFrom(lost, returned, graceOver, end, whole, broken);
    fc.assert(
      fc.property(fc.array(events), fc.array(events), (before, after) => {
        let life: CaptureLife = live;
        for (const event of [...before, end]) life = reduceLife(life, event).life;
        const fate = lifeFields(life);
        for (const event of after) life = reduceLife(life, event).life;
        expect(['ended', 'sealed']).toContain(life.state);
        expect(lifeFields(life)).toEqual({ ...fate, state: life.state });
      }),
    );
  });

  it('starts the grace once a loss and cancels it once a return', () => {
    const events = fc.constantFrom(lost, returned, end, graceOver);
    fc.assert(
      fc.property(fc.array(events), (sequence) => {
        let life: CaptureLife = live;
        let timers = 0;
        for (const event of sequence) {
          if (event.type === 'grace-over' && timers === 0) continue;
          if (event.type === 'grace-over') timers -= 1;
          const step = reduceLife(life, event);
          life = step.life;
          timers += step.effects.filter((effect) => effect === 'start-grace').length;
          timers -= step.effects.filter((effect) => effect === 'cancel-grace').length;
          expect(timers).toBe(life.state === 'away' ? 1 : 0);
        }
      }),
    );
  });

  it('shows in the record', () => {
    expect([live, away, ended, sealed].map(lifeFields)).toEqual([
      { state: 'live', awaySince: null, endedAt: null, endReason: null },
      { state: 'away', awaySince: 50, endedAt: null, endReason: null },
      { state: 'ended', awaySince: null, endedAt: 60, endReason: 'stop' },
      { state: 'sealed', awaySince: null, endedAt: 60, endReason: 'stop' },
    ]);
  });
});
