import { describe, expect, it } from 'vitest';
import { deletionInWords, editInWords } from './edits.ts';

const deleted = {
  message: 'Conversation deleted',
  conversation_id: 'a',
  transcripts: 2,
  memories: 1,
  cropped_audio: true,
  audio_segments: 3,
};

describe('changes in words', () => {
  it('say what an edit did', () => {
    const edit = {
      edit_id: 'e',
      kind: 'merge' as const,
      at: '2026-01-01T00:00:00Z',
      undone_at: null,
      conversations_before: ['a', 'b', 'c'],
      conversations_after: ['a'],
    };
    expect(editInWords(edit)).toBe('Merged with 2 others');
    expect(editInWords({ ...edit, kind: 'trim' })).toBe('Trimmed');
  });

  it('say what a deletion took along', () => {
    expect(deletionInWords(deleted)).toBe(
      'With it went 2 transcripts, 1 memory, the sound without silence, and its recordings.',
    );
    const nothing = { transcripts: 0, memories: 0, cropped_audio: false, audio_segments: 0 };
    expect(deletionInWords({ ...deleted, ...nothing })).toBe('There was nothing else in it.');
  });
});
