import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { AppError, ProviderError } from '../base/index.ts';
import { afterFailure, backoffMs, defaultRetryPolicy, noteOf } from './retry-policy.ts';

const highest = () => 1 - Number.EPSILON;
const outage = new ProviderError('wyoming', 'transient', 'connection refused');

describe('backoff', () => {
  it('doubles from 2 s and never passes 10 minutes', () => {
    const longest = Array.from({ length: 12 }, (_, index) => backoffMs(index + 1, highest));
    expect(longest.slice(0, 5)).toEqual([2000, 4000, 8000, 16_000, 32_000]);
    expect(longest.slice(-2)).toEqual([600_000, 600_000]);
  });

  it('spreads over the whole window, from none at all', () => {
    expect(backoffMs(3, () => 0)).toBe(0);
    expect(backoffMs(3, () => 0.5)).toBe(4000);
  });

  it('stays within its cap whatever the number of failures', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 10_000 }),
        fc.double({ min: 0, max: 1, noNaN: true }),
        (failures, at) => {
          const wait = backoffMs(failures, () => at);
          expect(wait).toBeGreaterThanOrEqual(0);
          expect(wait).toBeLessThanOrEqual(defaultRetryPolicy.capMs);
        },
      ),
    );
  });
});

describe('after a failure', () => {
  it('a job is retried until its eighth failure', () => {
    expect(afterFailure(outage, 7, highest)).toMatchObject({ kind: 'retry' });
    expect(afterFailure(outage, 8, highest)).toEqual({ kind: 'dead', isHopeless: false });
  });

  it('an error that would repeat for ever is not retried', () => {
    const refused = new ProviderError('wyoming', 'bad-request', 'sound refused');
    expect(afterFailure(refused, 1, highest)).toEqual({ kind: 'dead', isHopeless: true });
    expect(afterFailure(new AppError('conversation_not_found'), 1, highest)).toEqual({
      kind: 'dead',
      isHopeless: true,
    });
  });

  it('an error that may pass is retried', () => {
    for (const error of [outage, new AppError('storage_unavailable'), new Error('?'), 'thrown']) {
      expect(afterFailure(error, 1, () => 0.5)).toEqual({ kind: 'retry', afterMs: 1000 });
    }
  });
});

describe('the note of an error', () => {
  it('is its code or class, never its text', () => {
    expect(noteOf(outage)).toBe('wyoming: transient');
    expect(noteOf(new AppError('memory_not_found'))).toBe('memory_not_found');
    expect(noteOf(Object.assign(new Error('no space'), { code: 'ENOSPC' }))).toBe('ENOSPC');
    expect(noteOf(new TypeError('she said hello'))).toBe('TypeError');
    expect(noteOf('she said hello')).toBe('unknown');
  });
});
