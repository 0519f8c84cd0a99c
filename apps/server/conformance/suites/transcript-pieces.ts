import { expect, it } from 'vitest';
import type { PieceStore, TranscriptPiece } from '../../src/transcription/index.ts';
import { alice, bob, captureId } from './samples.ts';
import { describeStore, type Subject } from './suite.ts';

const piece = (startMs: number, endMs: number, change: Partial<TranscriptPiece> = {}) => ({
  userId: alice,
  captureId: captureId(1),
  pass: 'batch' as const,
  startMs,
  endMs,
  provider: 'wyoming',
  model: 'base.en',
  utterances: [
    {
      startMs: startMs + 0.5,
      endMs,
      text: 'grüße',
      speaker: null,
      confidence: 0.5,
      words: [{ startMs: startMs + 0.5, endMs, text: 'grüße', confidence: null }],
    },
  ],
  ...change,
});

export function describePieceStore(
  name: string,
  makeStore: () => Promise<Subject<PieceStore>> | Subject<PieceStore>,
): void {
  describeStore(`pieces of transcripts: ${name}`, makeStore, (pieces) => {
    const list = (startMs: number, endMs: number) =>
      pieces().list(alice, captureId(1), { startMs, endMs });

    it('gives back what overlaps, in order, of the user and capture alone', async () => {
      await pieces().add(piece(2000, 3000));
      await pieces().add(piece(0, 1000, { pass: 'live', utterances: [] }));
      await pieces().add(piece(0, 1000, { captureId: captureId(2) }));
      await pieces().add(piece(0, 1000, { userId: bob }));
      expect(await list(0, 10_000)).toEqual([
        piece(0, 1000, { pass: 'live', utterances: [] }),
        piece(2000, 3000),
      ]);
      expect(await list(1000, 2000)).toEqual([]);
      expect(await list(999, 2001)).toHaveLength(2);
      expect(await pieces().list(bob, captureId(2), { startMs: 0, endMs: 9000 })).toEqual([]);
    });

    it('keeps the first of those with one start and pass', async () => {
      await pieces().add(piece(0, 1000));
      await pieces().add(piece(0, 5000, { model: 'other' }));
      await pieces().add(piece(0, 800, { pass: 'live' }));
      expect(await list(0, 10_000)).toEqual([piece(0, 1000), piece(0, 800, { pass: 'live' })]);
    });

    it('removes what begins within, and nothing of others', async () => {
      for (const startMs of [0, 1000, 2000]) await pieces().add(piece(startMs, startMs + 1000));
      await pieces().add(piece(1000, 2000, { userId: bob }));
      await pieces().remove(alice, captureId(1), { startMs: 1000, endMs: 2000 });
      await pieces().remove(alice, captureId(1), { startMs: 1000, endMs: 2000 });
      expect((await list(0, 10_000)).map(({ startMs }) => startMs)).toEqual([0, 2000]);
      const ofBob = await pieces().list(bob, captureId(1), { startMs: 0, endMs: 9000 });
      expect(ofBob).toHaveLength(1);
    });
  });
}
