import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { fakeClock } from '../base/fake-clock.ts';
import { createBreaker, reduceBreaker, type BreakerEvent, type BreakerState } from './breaker.ts';

const settings = {
  failureThreshold: 3,
  openMs: { first: 1000, longest: 8000 },
  refusedOpenMs: 60_000,
};

function setUp() {
  const clock = fakeClock();
  const seen: string[] = [];
  const breaker = createBreaker(settings, clock, ({ kind }) => seen.push(kind));
  const fail = (failure: 'transient' | 'auth' | 'bad-request' = 'transient') =>
    breaker.tell({ type: 'failed', failure });
  return { clock, seen, breaker, fail };
}

describe('a breaker', () => {
  it('opens after failures in a row, and not before', () => {
    const { breaker, fail } = setUp();
    fail();
    fail();
    breaker.tell({ type: 'succeeded' });
    fail();
    fail();
    expect(breaker.admits()).toBe(true);
    fail();
    expect(breaker.admits()).toBe(false);
    expect(breaker.state().kind).toBe('open');
  });

  it('opens at once, and for longer, when credentials are refused', () => {
    const { clock, breaker, fail } = setUp();
    fail('auth');
    clock.advance(59_000);
    expect(breaker.admits()).toBe(false);
    clock.advance(1000);
    expect(breaker.admits()).toBe(true);
  });

  it('lets one request through when its time is over, and closes when that did its work', () => {
    const { clock, seen, breaker, fail } = setUp();
    for (let count = 0; count < 3; count += 1) fail();
    clock.advance(1000);
    expect(seen).toEqual(['open', 'half-open']);
    expect(breaker.admits()).toBe(true);
    breaker.tell({ type: 'asked' });
    expect(breaker.admits()).toBe(false);
    breaker.tell({ type: 'succeeded' });
    expect(breaker.state()).toEqual({ kind: 'closed', failures: 0 });
  });

  it('is tried at once when the service was gone and answers again', () => {
    const { breaker, clock, fail } = setUp();
    for (let count = 0; count < 3; count += 1) fail();
    breaker.tell({ type: 'reappeared' });
    expect(breaker.state().kind).toBe('half-open');
    fail();
    clock.advance(1000);
    expect(breaker.admits()).toBe(false);
    breaker.tell({ type: 'succeeded' });
    breaker.tell({ type: 'reappeared' });
    expect(breaker.state().kind).toBe('closed');
  });

  it('waits twice as long each time the trial fails, up to a limit', () => {
    const { clock, breaker, fail } = setUp();
    for (let count = 0; count < 3; count += 1) fail();
    for (const waitMs of [1000, 2000, 4000, 8000, 8000]) {
      clock.advance(waitMs - 1);
      expect(breaker.admits()).toBe(false);
      clock.advance(1);
      expect(breaker.admits()).toBe(true);
      breaker.tell({ type: 'asked' });
      fail();
    }
  });

  it('lets the next one through when a trial was given up', () => {
    const { clock, breaker, fail } = setUp();
    fail('auth');
    clock.advance(60_000);
    breaker.tell({ type: 'asked' });
    breaker.tell({ type: 'abandoned' });
    expect(breaker.admits()).toBe(true);
  });

  it('takes a refused request for a sign of life', () => {
    const { breaker, fail } = setUp();
    fail();
    fail();
    fail('bad-request');
    fail();
    fail();
    expect(breaker.admits()).toBe(true);
  });

  it('is never stuck: whatever happened, it admits a request after the longest wait', () => {
    const event: fc.Arbitrary<BreakerEvent> = fc.oneof(
      fc.constantFrom<BreakerEvent>(
        { type: 'time-passed' },
        { type: 'asked' },
        { type: 'succeeded' },
        { type: 'abandoned' },
      ),
      fc
        .constantFrom('transient', 'timeout', 'auth', 'bad-request')
        .map((failure) => ({ type: 'failed', failure }) as const),
    );
    fc.assert(
      fc.property(fc.array(fc.tuple(event, fc.integer({ min: 0, max: 5000 }))), (events) => {
        let state: BreakerState = { kind: 'closed', failures: 0 };
        let now = 0;
        for (const [each, passedMs] of events) {
          now += passedMs;
          state = reduceBreaker(state, each, now, settings);
        }
        state = reduceBreaker(state, { type: 'abandoned' }, now, settings);
        state = reduceBreaker(state, { type: 'time-passed' }, now + 60_000, settings);
        expect(state).not.toMatchObject({ kind: 'open' });
        expect(state).not.toMatchObject({ isTrying: true });
      }),
    );
  });
});
