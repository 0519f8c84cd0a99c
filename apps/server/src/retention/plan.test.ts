import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { contextMs, fateOf, planRemoval, type Claim, type Fate } from './plan.ts';

const minutes = (count: number) =>
  Array.from({ length: count }, (_, index) => ({
    index,
    startMs: index * 60_000,
    endMs: (index + 1) * 60_000,
  }));
const gone = (claims: readonly Claim[], isUnclaimedOver = true) =>
  planRemoval(minutes(5), claims, { isUnclaimedOver }).map(
    ({ piece, reason }) => `${piece.index} ${reason}`,
  );
const claim = (startMs: number, endMs: number, fate: Fate): Claim => ({ startMs, endMs, fate });

describe('planRemoval', () => {
  it('removes what nothing claims, and only once its time is over', () => {
    const kept = [claim(70_000, 80_000, 'keep')];
    expect(gone(kept)).toEqual(['0 unclaimed', '2 unclaimed', '3 unclaimed', '4 unclaimed']);
    expect(gone(kept, false)).toEqual([]);
  });

  it('keeps the context of a conversation that stays', () => {
    expect(gone([claim(60_000 + contextMs - 1, 120_000 - contextMs + 1, 'keep')])).toEqual([
      '3 unclaimed',
      '4 unclaimed',
    ]);
    expect(gone([claim(60_000 + contextMs, 120_000 - contextMs, 'keep')])).toEqual([
      '0 unclaimed',
      '2 unclaimed',
      '3 unclaimed',
      '4 unclaimed',
    ]);
  });

  it('keeps a segment that an old conversation shares with one that stays', () => {
    const claims = [claim(10_000, 70_000, 'drop-sound'), claim(80_000, 90_000, 'keep')];
    expect(gone(claims, false)).toEqual(['0 expired']);
  });

  it('never takes sound within 5 s of a conversation that stays', () => {
    const span = fc
      .tuple(fc.nat(600_000), fc.nat(120_000))
      .map(([startMs, length]) => ({ startMs, endMs: startMs + length }));
    const fate = fc.constantFrom<Fate>('keep', 'drop-sound', 'drop-whole');
    fc.assert(
      fc.property(
        fc.array(span, { maxLength: 12 }),
        fc.array(
          fc.record({ span, fate }).map((one) => ({ ...one.span, fate: one.fate })),
          { maxLength: 6 },
        ),
        fc.boolean(),
        (pieces, claims, isUnclaimedOver) => {
          const going = planRemoval(pieces, claims, { isUnclaimedOver });
          for (const { piece, reason } of going) {
            if (reason === 'unclaimed') expect(isUnclaimedOver).toBe(true);
            for (const { startMs, endMs, fate: kind } of claims) {
              if (kind !== 'keep') continue;
              const isApart =
                piece.endMs <= startMs - contextMs || piece.startMs >= endMs + contextMs;
              expect(isApart).toBe(true);
            }
          }
        },
      ),
    );
  });
});

describe('fateOf', () => {
  const day = 86_400_000;
  const now = 100 * day;
  const old = { phase: 'closed', endedAt: now - 30 * day - 1, isPinned: false } as const;

  it('keeps everything where nothing was chosen', () => {
    expect(fateOf(old, { soundMs: null, wholeMs: null }, now)).toBe('keep');
  });

  it('drops sound at its age, and the whole at its own', () => {
    expect(fateOf(old, { soundMs: 30 * day, wholeMs: null }, now)).toBe('drop-sound');
    expect(fateOf(old, { soundMs: 31 * day, wholeMs: null }, now)).toBe('keep');
    expect(fateOf(old, { soundMs: 1 * day, wholeMs: 30 * day }, now)).toBe('drop-whole');
  });

  it('keeps what is pinned, open, or still being worked on', () => {
    const ages = { soundMs: day, wholeMs: day };
    expect(fateOf({ ...old, isPinned: true }, ages, now)).toBe('keep');
    expect(fateOf({ ...old, phase: 'closing' }, ages, now)).toBe('keep');
    expect(fateOf({ ...old, phase: 'open', endedAt: null }, ages, now)).toBe('keep');
  });
});
