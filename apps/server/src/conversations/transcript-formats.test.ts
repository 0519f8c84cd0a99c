import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { formatTranscript, type TranscriptLine } from './transcript-formats.ts';

const lines: readonly TranscriptLine[] = [
  { startMs: 0, endMs: 1500.4, text: 'Are you coming?', speaker: 'Ada' },
  { startMs: 3_723_004, endMs: 3_723_104, text: 'a <b> & c --> d', speaker: null },
];

describe('a transcript as a file', () => {
  it('is text with who said what', () => {
    expect(formatTranscript(lines, 'txt')).toBe('Ada: Are you coming?\na <b> & c --> d\n');
  });

  it('is SubRip', () => {
    expect(formatTranscript(lines, 'srt')).toBe(
      '1\n00:00:00,000 --> 00:00:01,500\nAda: Are you coming?\n\n' +
        '2\n01:02:03,004 --> 01:02:03,504\na <b> & c --> d\n\n',
    );
  });

  it('is WebVTT, in which words are never markup', () => {
    expect(formatTranscript(lines, 'vtt')).toBe(
      'WEBVTT\n\n00:00:00.000 --> 00:00:01.500\n<v Ada>Are you coming?\n\n' +
        '01:02:03.004 --> 01:02:03.504\na &lt;b&gt; &amp; c --&gt; d\n\n',
    );
  });

  it('has a cue for each line, whatever was said', () => {
    const anyLine = fc.record({
      startMs: fc.double({ min: 0, max: 1e8, noNaN: true }),
      endMs: fc.double({ min: 0, max: 1e8, noNaN: true }),
      text: fc.string({ unit: 'binary' }),
      speaker: fc.option(fc.string({ unit: 'binary' })),
    });
    fc.assert(
      fc.property(fc.array(anyLine), (spoken) => {
        const cues = formatTranscript(spoken, 'vtt').split('\n\n').slice(1, -1);
        expect(cues).toHaveLength(spoken.filter(({ text }) => text.trim() !== '').length);
        for (const cue of cues) {
          expect(cue).toMatch(/^\d\d+:\d\d:\d\d\.\d{3} --> \d\d+:\d\d:\d\d\.\d{3}\n/);
          expect(cue.split(' --> ')).toHaveLength(2);
        }
      }),
    );
  });
});
