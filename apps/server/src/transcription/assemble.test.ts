import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { assembleTranscript } from './assemble.ts';
import type { PlacedPiece } from './pieces.ts';
import type { HeardUtterance } from './ports.ts';

const word = (text: string, startMs: number, endMs = startMs + 200) => ({
  text,
  startMs,
  endMs,
  confidence: null,
});

function said(
  text: string,
  startMs: number,
  { speaker = null, endMs = startMs + 1000 }: { speaker?: string | null; endMs?: number } = {},
): HeardUtterance {
  return { startMs, endMs, text, speaker, confidence: null, words: [] };
}

const pieceOf = (
  startMs: number,
  endMs: number,
  utterances: readonly HeardUtterance[],
  change: Partial<PlacedPiece> = {},
): PlacedPiece => ({
  pass: 'batch',
  provider: 'one',
  model: 'm1',
  startMs,
  endMs,
  utterances,
  ...change,
});

const everywhere = [{ startMs: 0, endMs: 3_600_000 }];
const textsOf = (pieces: readonly PlacedPiece[], speech = everywhere) =>
  assembleTranscript(pieces, speech, null).utterances.map(({ text }) => text);

describe('a transcript made of pieces', () => {
  it('names who heard it, and how much of the speech', () => {
    const transcript = assembleTranscript(
      [
        pieceOf(0, 4000, [said('from the recording', 1000)]),
        pieceOf(4000, 6000, [said('while it was spoken', 4200)], {
          pass: 'live',
          provider: 'two',
          model: 'm2',
        }),
      ],
      [{ startMs: 0, endMs: 8000 }],
      null,
    );
    expect(transcript).toMatchObject({ provider: 'one+two', model: 'm1+m2', coverage: 0.75 });
  });

  it('is silence by the detector when nobody was asked', () => {
    expect(assembleTranscript([], [], null)).toMatchObject({
      provider: 'voice-activity',
      utterances: [],
      coverage: 1,
    });
  });

  it('takes what was heard live where both were', () => {
    const live = pieceOf(2000, 4000, [said('live words', 2500)], { pass: 'live' });
    const batch = pieceOf(0, 6000, [
      said('before', 500),
      said('the same live words', 2600),
      said('after', 4500),
    ]);
    expect(textsOf([batch, live])).toEqual(['before', 'live words', 'after']);
  });

  it('has each word once, in order, however its pieces overlap', () => {
    const words = Array.from({ length: 60 }, (_, index) => word(`w${index}`, index * 500));
    const cut = (startMs: number, endMs: number): PlacedPiece => {
      const heard = words.filter((each) => each.endMs > startMs && each.startMs < endMs);
      const [first, last] = [heard[0], heard.at(-1)];
      const utterance = {
        ...said(heard.map(({ text }) => text).join(' '), first?.startMs ?? 0),
        endMs: last?.endMs ?? 0,
        words: heard,
      };
      return pieceOf(startMs, endMs, first ? [utterance] : []);
    };
    fc.assert(
      fc.property(
        fc.array(
          fc.tuple(fc.integer({ min: 0, max: 29_000 }), fc.integer({ min: 100, max: 9000 })),
        ),
        fc.array(fc.boolean(), { minLength: 1 }),
        (spans, passes) => {
          const pieces = spans.map(([startMs, lengthMs], index) => ({
            ...cut(startMs, startMs + lengthMs),
            pass: passes[index % passes.length] ? ('live' as const) : ('batch' as const),
          }));
          // Last, so that whatever is missing is there.
          const all = textsOf([...pieces, cut(0, 30_000)]).flatMap((text) => text.split(' '));
          expect(all).toEqual(words.map(({ text }) => text));
        },
      ),
    );
  });

  it('joins the fragments of a sentence that was made final bit by bit', () => {
    const live = (startMs: number, text: string, speaker = 's0:0') =>
      pieceOf(startMs, startMs + 1000, [said(text, startMs, { speaker, endMs: startMs + 900 })], {
        pass: 'live',
      });
    expect(
      textsOf([
        live(0, 'we plant the'),
        live(1000, 'early potatoes.'),
        live(2000, 'And then'),
        live(3000, 'who waters them?', 's0:1'),
        live(9000, 'You do'),
      ]),
    ).toEqual(['we plant the early potatoes.', 'And then', 'who waters them?', 'You do']);
  });

  it('counts speakers in the order they speak, and never takes two for one', () => {
    const of = (startMs: number, speaker: string) =>
      pieceOf(startMs, startMs + 2000, [said('words', startMs, { speaker })]);
    const { utterances } = assembleTranscript(
      [of(0, 'b0:1'), of(2000, 'b0:0'), of(4000, 'b0:1'), of(6000, 'b6000:0')],
      everywhere,
      null,
    );
    expect(utterances.map(({ speaker }) => speaker)).toEqual([
      'Speaker 1',
      'Speaker 2',
      'Speaker 1',
      'Speaker 3',
    ]);
  });

  it('leaves out what nobody said, and says why', () => {
    const pieces = [
      pieceOf(0, 60_000, [
        said('we begin', 1000),
        said('thank you for watching', 30_000),
        said('skip me please', 2000),
      ]),
    ];
    const transcript = assembleTranscript(pieces, [{ startMs: 900, endMs: 3500 }], /skip me/);
    expect(transcript.utterances.map(({ text }) => text)).toEqual(['we begin']);
    expect([...transcript.dropped].sort()).toEqual(['over-silence', 'skip-pattern']);
  });
});
