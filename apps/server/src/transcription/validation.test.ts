import { describe, expect, it } from 'vitest';
import { judgeTranscript } from './validation.ts';

describe('the verdict on a transcript', () => {
  it.each([
    ['', 'silence'],
    [' \n ', 'silence'],
    ['yes', 'too-short'],
    ['  nine char   ', 'too-short'],
    ['ten chars.', 'words'],
    ['my sister Sarah is moving to Chicago', 'words'],
  ])('on %j is %s', (text, verdict) => {
    expect(judgeTranscript(text, 10)).toBe(verdict);
  });
});
