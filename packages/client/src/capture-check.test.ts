import { describe, expect, it } from 'vitest';
import { createClient } from './client.ts';

const fault = {
  type: 'fault',
  user_id: 'u',
  capture_id: 'c',
  segment: 1,
  fault: 'damaged',
} as const;
const done = { type: 'done', captures: 1, segments: 2, faults: 1 } as const;

function clientFor(pieces: readonly string[]) {
  return createClient({
    baseUrl: 'http://server',
    fetch: async () => new Response(new Blob([...pieces]).stream()),
  });
}

describe('checkCaptures', () => {
  it('reads lines however they are cut', async () => {
    const text = `${JSON.stringify(fault)}\n${JSON.stringify(done)}\n`;
    const lines = await Array.fromAsync(clientFor(text.match(/.{1,7}|\n/g) ?? []).checkCaptures());
    expect(lines).toEqual([fault, done]);
  });

  it('does not take an answer for whole that ends before “done”', async () => {
    const lines = Array.fromAsync(clientFor([`${JSON.stringify(fault)}\n`]).checkCaptures());
    await expect(lines).rejects.toMatchObject({ code: 'invalid_answer' });
  });

  it('throws for lines it does not understand', async () => {
    for (const line of ['nonsense\n', '{"type":"other"}\n', 'x'.repeat(20_000)]) {
      const lines = Array.fromAsync(clientFor([line]).checkCaptures());
      await expect(lines).rejects.toMatchObject({ code: 'invalid_answer' });
    }
  });
});
