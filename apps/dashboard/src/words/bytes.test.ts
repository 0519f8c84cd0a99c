import { expect, it } from 'vitest';
import { formatBytes } from './bytes.ts';

it('gives bytes in the unit that matters, with two digits at least where there are any', () => {
  expect(
    [0, 640, 999, 1000, 1240, 9949, 9951, 999_499, 999_600, 115_200_000, 4.2e13].map(formatBytes),
  ).toEqual([
    '0 B',
    '640 B',
    '999 B',
    '1.0 kB',
    '1.2 kB',
    '9.9 kB',
    '10 kB',
    '999 kB',
    '1.0 MB',
    '115 MB',
    '42 TB',
  ]);
});
