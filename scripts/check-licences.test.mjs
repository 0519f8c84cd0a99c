import { describe, expect, it } from 'vitest';
import { isMet } from './check-licences.mjs';

describe('a licence expression', () => {
  it.each([
    ['MIT', true],
    ['GPL-3.0', false],
    ['(MIT OR GPL-3.0)', true],
    ['GPL-3.0 OR MIT', true],
    ['MIT AND GPL-3.0', false],
    ['(MIT AND ISC)', true],
    ['GPL-3.0 AND MIT OR ISC', true],
    ['GPL-3.0 AND (MIT OR ISC)', false],
    ['(MIT OR GPL-3.0) AND ISC', true],
    ['MIT WITH something', false],
    ['SEE LICENSE IN LICENSE', false],
    ['none named', false],
    ['', false],
  ])('%s is met by MIT and ISC: %s', (expression, expected) => {
    expect(isMet(expression, ['MIT', 'ISC'])).toBe(expected);
  });
});
