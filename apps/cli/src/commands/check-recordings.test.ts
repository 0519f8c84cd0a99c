import type { CaptureCheckLine } from '@friend-lite/contract';
import { describe, expect, it } from 'vitest';
import { checkRecordings } from './check-recordings.ts';

async function check(...lines: readonly CaptureCheckLine[]) {
  const printed: string[] = [];
  const isWhole = await checkRecordings(
    {
      async *checkCaptures() {
        yield* lines;
      },
    },
    { signal: new AbortController().signal, print: (line) => printed.push(line) },
  );
  return { isWhole, printed };
}

describe('checking recordings', () => {
  it('says that all are whole', async () => {
    const { isWhole, printed } = await check(
      { type: 'progress', captures: 1, segments: 4, faults: 0 },
      { type: 'done', captures: 2, segments: 9, faults: 0 },
    );
    expect(isWhole).toBe(true);
    expect(printed).toEqual(['2 recordings, 9 segments checked: all are whole.']);
  });

  it('prints a line for each fault, and their sum', async () => {
    const fault = { type: 'fault', user_id: 'u', capture_id: 'c', segment: 7 } as const;
    const { isWhole, printed } = await check(
      { ...fault, fault: 'missing' },
      { ...fault, fault: 'damaged' },
      { type: 'done', captures: 1, segments: 8, faults: 2 },
    );
    expect(isWhole).toBe(false);
    expect(printed).toEqual([
      '✗ user u capture c segment 7: the file is missing',
      '✗ user u capture c segment 7: the file is damaged',
      '1 recordings, 8 segments checked: 2 faults.',
    ]);
  });
});
