import { expect, it } from 'vitest';
import { opusFormat } from '../../src/audio/index.ts';
import type { CaptureStore } from '../../src/capture/index.ts';
import { alice, bob, capture, captureId, segment, start } from './samples.ts';
import { describeStore, type Subject } from './suite.ts';

export function describeCaptureStore(
  name: string,
  makeStore: () => Promise<Subject<CaptureStore>> | Subject<CaptureStore>,
): void {
  describeStore(`captures: ${name}`, makeStore, (captures) => {
    it('gives a capture back to its user alone', async () => {
      const stereo = capture({
        format: { encoding: 'pcm_s16le', sampleRateHz: 44_100, channels: 2 },
      });
      await captures().add(stereo);
      expect(await captures().find(alice, stereo.id)).toEqual(stereo);
      expect(await captures().find(bob, stereo.id)).toBeNull();
      expect(await captures().find(alice, captureId(2))).toBeNull();
    });

    it('changes the given fields of one capture, and no others', async () => {
      await captures().add(capture());
      await captures().add(capture({ id: captureId(2) }));
      await captures().update(captureId(1), { state: 'away', awaySince: start + 10 });
      await captures().update(captureId(1), {
        state: 'ended',
        endedAt: start + 20,
        endReason: 'stop',
      });
      expect(await captures().find(alice, captureId(1))).toEqual(
        capture({ state: 'ended', awaySince: start + 10, endedAt: start + 20, endReason: 'stop' }),
      );
      await captures().update(captureId(1), { awaySince: null });
      expect(await captures().find(alice, captureId(1))).toMatchObject({
        awaySince: null,
        state: 'ended',
      });
      expect(await captures().find(alice, captureId(2))).toEqual(capture({ id: captureId(2) }));
    });

    it('lists every capture that is not sealed, of all users', async () => {
      const states = ['live', 'away', 'ended', 'sealed'] as const;
      for (const [index, state] of states.entries()) {
        await captures().add(
          capture({ id: captureId(index), state, userId: index % 2 ? bob : alice }),
        );
      }
      const ids = async () => (await captures().listUnsealed()).map(({ id }) => id).sort();
      expect(await ids()).toEqual([captureId(0), captureId(1), captureId(2)]);
      await captures().update(captureId(1), { state: 'sealed' });
      expect(await ids()).toEqual([captureId(0), captureId(2)]);
    });

    it('lists segments by index, those of the user and capture alone', async () => {
      await captures().add(capture());
      await captures().add(capture({ id: captureId(2) }));
      for (const index of [10, 2, 0]) {
        await captures().putSegment(segment({ index, startMs: index * 60_000 + 0.25 }));
      }
      await captures().putSegment(segment({ captureId: captureId(2) }));
      expect(await captures().segments(alice, captureId(1))).toEqual(
        [0, 2, 10].map((index) => segment({ index, startMs: index * 60_000 + 0.25 })),
      );
      expect(await captures().segments(bob, captureId(1))).toEqual([]);
      expect(await captures().segments(alice, captureId(3))).toEqual([]);
    });

    it('replaces a segment with the same capture and index', async () => {
      await captures().add(capture());
      await captures().putSegment(segment());
      const sealed = segment({ byteCount: 1_920_000, isSealed: true });
      await captures().putSegment(sealed);
      await captures().putSegment(sealed);
      expect(await captures().segments(alice, captureId(1))).toEqual([sealed]);
    });

    it('keeps what an Opus capture and its segments are', async () => {
      const late = capture({ format: opusFormat, origin: 'late' });
      await captures().add(late);
      expect(await captures().find(alice, late.id)).toEqual(late);
      const sealed = segment({
        byteCount: 250_123,
        durationMs: 59_997.5,
        gaps: [
          { startMs: 100.25, endMs: 140.25 },
          { startMs: 5_000, endMs: 5_020 },
        ],
        lastSeq: 3_000,
        isSealed: true,
      });
      await captures().putSegment(segment());
      await captures().putSegment(sealed);
      expect(await captures().segments(alice, captureId(1))).toEqual([sealed]);
    });

    it('removes one segment, also when it is gone already', async () => {
      await captures().add(capture());
      for (const index of [0, 1]) await captures().putSegment(segment({ index }));
      await captures().removeSegment(captureId(1), 0);
      await captures().removeSegment(captureId(1), 0);
      expect(await captures().segments(alice, captureId(1))).toEqual([segment({ index: 1 })]);
    });
  });
}
