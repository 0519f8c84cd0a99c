import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isNotModified, requestedRange } from './byte-range.ts';

const version = { etag: '"v1"', modifiedAt: Date.parse('2025-06-15T12:00:08.250Z') };

describe('requestedRange', () => {
  it.each([
    ['bytes=0-0', { kind: 'part', start: 0, end: 1 }],
    ['bytes=10-19', { kind: 'part', start: 10, end: 20 }],
    ['bytes=90-', { kind: 'part', start: 90, end: 100 }],
    ['bytes=90-1000', { kind: 'part', start: 90, end: 100 }],
    ['bytes=-10', { kind: 'part', start: 90, end: 100 }],
    ['bytes=-1000', { kind: 'part', start: 0, end: 100 }],
    ['bytes=100-', { kind: 'unsatisfiable' }],
    ['bytes=-0', { kind: 'unsatisfiable' }],
    ['bytes=20-10', { kind: 'whole' }],
    ['bytes=0-1,5-6', { kind: 'whole' }],
    ['bytes=-', { kind: 'whole' }],
    ['bytes=a-b', { kind: 'whole' }],
    ['samples=0-1', { kind: 'whole' }],
    [undefined, { kind: 'whole' }],
  ])('reads %s of 100 bytes', (range, expected) => {
    expect(requestedRange(range === undefined ? {} : { range }, 100, version)).toEqual(expected);
  });

  it('gives a part only of the version the client has begun with', () => {
    const ask = (ifRange: string, of = version) =>
      requestedRange({ range: 'bytes=0-9', 'if-range': ifRange }, 100, of).kind;

    expect(ask('"v1"')).toBe('part');
    expect(ask('"v0"')).toBe('whole');
    expect(ask('W/"v1"')).toBe('whole');
    expect(ask('Sun, 15 Jun 2025 12:00:08 GMT')).toBe('part');
    expect(ask('Sun, 15 Jun 2025 12:00:07 GMT')).toBe('whole');
    expect(requestedRange({ range: 'bytes=0-9', 'if-range': '"v1"' }, 100, null).kind).toBe(
      'whole',
    );
  });

  it('never leaves the file, whatever is asked', () => {
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string(),
          fc
            .tuple(fc.option(fc.nat(300)), fc.option(fc.nat(300)))
            .map(([first, last]) => `bytes=${first ?? ''}-${last ?? ''}`),
        ),
        fc.integer({ min: 44, max: 200 }),
        (range, size) => {
          const asked = requestedRange({ range }, size, version);
          if (asked.kind !== 'part') return;
          expect(asked.start).toBeGreaterThanOrEqual(0);
          expect(asked.start).toBeLessThan(asked.end);
          expect(asked.end).toBeLessThanOrEqual(size);
        },
      ),
    );
  });
});

describe('isNotModified', () => {
  it('compares tags, and dates only where no tag is given', () => {
    expect(isNotModified({ 'if-none-match': '"v0", W/"v1"' }, version)).toBe(true);
    expect(isNotModified({ 'if-none-match': '*' }, version)).toBe(true);
    expect(isNotModified({ 'if-none-match': '"v0"' }, version)).toBe(false);
    expect(isNotModified({ 'if-modified-since': 'Sun, 15 Jun 2025 12:00:08 GMT' }, version)).toBe(
      true,
    );
    expect(isNotModified({ 'if-modified-since': 'Sun, 15 Jun 2025 12:00:07 GMT' }, version)).toBe(
      false,
    );
    expect(isNotModified({ 'if-modified-since': 'yesterday' }, version)).toBe(false);
    expect(isNotModified({}, version)).toBe(false);
  });

  it('is never true of what still grows', () => {
    expect(isNotModified({ 'if-none-match': '*' }, null)).toBe(false);
  });
});
