import { describe, expect, it } from 'vitest';
import { readTranscriptFile } from './transcript-file.ts';

const startedAt = new Date('2025-01-02T03:04:05Z');
const read = (name: string, text: string) => readTranscriptFile({ name, text }, startedAt);

describe('a file of words', () => {
  it('is read as SubRip', () => {
    const text =
      '\uFEFF1\r\n00:00:01,500 --> 00:00:03,000\r\nAda: Hello\r\nthere.\r\n\r\n2\r\n01:00:00,000 --> 01:00:01,000\r\n<i>Bye.</i>\r\n';
    expect(read('walk.srt', text)).toEqual([
      {
        title: 'walk',
        started_at: '2025-01-02T03:04:05.000Z',
        utterances: [
          { speaker: 'Ada', text: 'Hello there.', start: 1.5, end: 3 },
          { text: 'Bye.', start: 3600, end: 3601 },
        ],
      },
    ]);
  });

  it('is read as WebVTT', () => {
    const text =
      'WEBVTT\n\nNOTE nothing\n\n00:01.000 --> 00:02.000 align:start\n<v Bob Ray>Tea &amp; <b>toast</b>\n\nlast\n00:00:04.000 --> 00:00:05.000\nAt 10:30: yes\n';
    expect(read('a.vtt', text)[0]?.utterances).toEqual([
      { speaker: 'Bob Ray', text: 'Tea & toast', start: 1, end: 2 },
      { text: 'At 10:30: yes', start: 4, end: 5 },
    ]);
  });

  it('is read as a chat log with times', () => {
    const text =
      '[2024-05-01 9:03:22] Ada: Are you there?\n[2024-05-01 09:04] Bob: Yes.\nLate, as ever.\n2024-05-01T09:05:00Z - Ada: Good.';
    const [body] = read('chat.txt', text);
    expect(body?.started_at).toBe(new Date('2024-05-01T09:03:22').toISOString());
    expect(body?.utterances.map(({ speaker, text: said }) => [speaker, said])).toEqual([
      ['Ada', 'Are you there?'],
      ['Bob', 'Yes. Late, as ever.'],
      ['Ada', 'Good.'],
    ]);
    expect(body?.utterances[2]?.started_at).toBe('2024-05-01T09:05:00.000Z');
  });

  it('is read as plain text, a line an utterance', () => {
    expect(read('notes.txt', 'I like tea.\n\nSpeaker 2: So do I.\n')[0]?.utterances).toEqual([
      { text: 'I like tea.' },
      { speaker: 'Speaker 2', text: 'So do I.' },
    ]);
  });

  it('is read as JSON: bodies, or segments', () => {
    const body = { started_at: '2024-01-01T00:00:00Z', utterances: [{ text: 'Hi.' }] };
    expect(read('a.json', JSON.stringify([body]))).toEqual([body]);
    const whisper = { text: ' Hi.', segments: [{ id: 0, start: 1, end: 2, text: ' Hi.' }] };
    expect(read('a.json', JSON.stringify(whisper))[0]?.utterances).toEqual([
      { text: ' Hi.', start: 1, end: 2 },
    ]);
  });

  it.each([
    ['a.txt', '\n\n', 'a.txt holds no words'],
    ['a.srt', 'no cue', 'a.srt holds no words'],
    ['a.json', '{', 'a.json is no JSON'],
    ['a.json', '{"x": 1}', 'a.json holds no conversation (0.'],
    [
      'a.json',
      '[{"started_at": "now", "utterances": []}]',
      'a.json holds no conversation (0.started_at',
    ],
    ['a.txt', '[2024-13-45 10:00] Ada: Hello', '2024-13-45 is no day'],
  ])('%s: %j is refused', (name, text, message) => {
    expect(() => read(name, text)).toThrow(message);
  });
});
