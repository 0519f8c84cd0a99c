import { describe, expect, it } from 'vitest';
import { guardUtterances, judgeUtterance, nearSpeech } from './guards.ts';
import type { HeardUtterance } from './ports.ts';

const spoken: HeardUtterance = {
  startMs: 10_000,
  endMs: 12_000,
  text: '',
  speaker: null,
  confidence: null,
  words: [],
};
const throughout = {
  nearSpeech: nearSpeech([{ startMs: 9900, endMs: 12_000 }]),
  skipPattern: null,
};
const nowhere = { nearSpeech: nearSpeech([{ startMs: 0, endMs: 2000 }]), skipPattern: null };
const judge = (text: string, context: Parameters<typeof judgeUtterance>[1] = throughout) =>
  judgeUtterance({ ...spoken, text }, context).kind;

describe('judging what was heard', () => {
  it('lets through what people say, though they repeat themselves', () => {
    expect(judge('No no no no, that is what I said, that is what I said.')).toBe('plausible');
    expect(judge('Thank you.')).toBe('plausible');
    expect(judge('Thanks for watching!')).toBe('plausible');
  });

  it('finds text where the detector heard no speech', () => {
    expect(judgeUtterance({ ...spoken, text: 'Shall we go?' }, nowhere)).toEqual({
      kind: 'over-silence',
      speechShare: 0,
    });
  });

  it('measures the words and not the pauses between them', () => {
    const words = [
      { text: 'Shall', startMs: 10_000, endMs: 10_300, confidence: null },
      { text: 'we?', startMs: 39_000, endMs: 39_300, confidence: null },
    ];
    const long = { ...spoken, endMs: 39_300, text: 'Shall we?', words };
    const speech = [
      { startMs: 10_000, endMs: 10_300 },
      { startMs: 39_000, endMs: 39_300 },
    ];
    expect(judgeUtterance(long, { nearSpeech: nearSpeech(speech), skipPattern: null }).kind).toBe(
      'plausible',
    );
  });

  it('says nothing of silence where nobody looked for speech', () => {
    expect(judge('Shall we go?', { nearSpeech: null, skipPattern: null })).toBe('plausible');
  });

  it.each([
    ['Subtitles by the Amara.org community', 'English'],
    ['Untertitel der Amara.org-Community', 'German'],
    ["Sous-titres réalisés par la communauté d'Amara.org", 'French'],
    ['Субтитры сделал DimaTorzok', 'Russian'],
    ['Altyazı M.K.', 'Turkish'],
    ['字幕由Amara.org社区提供', 'Chinese'],
  ])('finds the credits of subtitles wherever they stand: %s (%s)', (text) => {
    expect(judge(text)).toBe('filler');
  });

  it.each(['Thank you.', 'Thanks for watching!', 'ご視聴ありがとうございました。', 'Vielen Dank.'])(
    'takes a courtesy for a filler only where there is little speech: %s',
    (text) => {
      const little = {
        nearSpeech: nearSpeech([{ startMs: 9000, endMs: 10_100 }]),
        skipPattern: null,
      };
      expect(judge(text, little)).toBe('filler');
      expect(judge(text)).toBe('plausible');
    },
  );

  it.each([
    ['la la la la la la la la la', 1],
    ['I am going. I am going. I am going. I am going. I am going.', 3],
    [
      'So then what we did is what? what we did is what? What we did is what? what we did is what? What we did is what?',
      5,
    ],
  ])('finds a loop: %s', (text, wordCount) => {
    expect(judgeUtterance({ ...spoken, text }, throughout)).toMatchObject({
      kind: 'repetition',
      wordCount,
    });
  });

  it('matches skip patterns at the start, in any case', () => {
    const context = { ...throughout, skipPattern: /\[music\]|test(ing)?\b/ };
    expect(judge('[Music] and so on', context)).toBe('skip-pattern');
    expect(judge('Testing one two', context)).toBe('skip-pattern');
    expect(judge('We were testing', context)).toBe('plausible');
  });

  it('parts utterances and says why', () => {
    const utterances = ['Good morning', 'Subtitles by the Amara.org community'].map((text) => ({
      ...spoken,
      text,
    }));
    const { kept, dropped } = guardUtterances(utterances, throughout);
    expect(kept.map(({ text }) => text)).toEqual(['Good morning']);
    expect(dropped.map(({ verdict }) => verdict.kind)).toEqual(['filler']);
  });
});
