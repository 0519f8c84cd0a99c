import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { jsonIn } from './json-in-text.ts';

describe('JSON in a text', () => {
  const value = fc.oneof(
    fc.dictionary(fc.string(), fc.jsonValue(), { minKeys: 1 }),
    fc.array(fc.jsonValue(), { minLength: 1 }),
  );

  it('is found alone, in a fence, after thoughts and within prose', () => {
    fc.assert(
      fc.property(value, (composite) => {
        const json = JSON.stringify(composite);
        const same: unknown = JSON.parse(json);
        for (const text of [
          json,
          `\`\`\`json\n${json}\n\`\`\``,
          `<think>{"a":1} or [2]</think>\n${json}`,
          `Here it is: ${json}\nAnything else?`,
        ]) {
          fc.pre(!json.includes('```') && !json.includes('think>'));
          expect(jsonIn(text)).toEqual(same);
        }
      }),
    );
  });

  it.each(['', 'none', '"text"', '42', '{"a": [1, 2', '```json\n{"a": \n```'])(
    'is not in %j',
    (text) => {
      expect(jsonIn(text)).toBeUndefined();
    },
  );

  it('is looked for no longer than it is worth', () => {
    const startedAt = performance.now();
    expect(jsonIn('['.repeat(100_000))).toBeUndefined();
    expect(performance.now() - startedAt).toBeLessThan(2000);
  });
});
