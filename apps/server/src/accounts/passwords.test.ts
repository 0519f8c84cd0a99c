import { describe, expect, it } from 'vitest';
import { createPasswords } from './passwords.ts';

const cost = 4;

describe('passwords', () => {
  it('verifies what it hashed, and nothing else', async () => {
    const passwords = createPasswords(cost);
    const hash = await passwords.hash('correct horse');

    expect(hash).toMatch(/^\$2b\$04\$/);
    expect(await passwords.verify('correct horse', hash)).toBe(true);
    expect(await passwords.verify('Correct horse', hash)).toBe(false);
    expect(await passwords.verify('correct horse', null)).toBe(false);
  });

  it('refuses to hash more than 72 bytes, counted as bytes', async () => {
    const passwords = createPasswords(cost);

    await expect(passwords.hash('é'.repeat(37))).rejects.toMatchObject({ code: 'invalid_request' });
    await expect(passwords.hash('é'.repeat(36))).resolves.toEqual(expect.any(String));
  });

  it('takes no longer password for the one whose first 72 bytes it shares', async () => {
    const passwords = createPasswords(cost);
    const hash = await passwords.hash('x'.repeat(72));

    expect(await passwords.verify('x'.repeat(73), hash)).toBe(false);
  });

  it('spends as long on nobody as on somebody', async () => {
    const passwords = createPasswords(10);
    const hash = await passwords.hash('correct horse');
    const timed = async (against: string | null): Promise<number> => {
      const startedAt = performance.now();
      for (let round = 0; round < 4; round++) await passwords.verify('wrong', against);
      return performance.now() - startedAt;
    };
    await timed(hash);

    // A missing hash that cost nothing would be some hundred times faster.
    expect((await timed(null)) / (await timed(hash))).toBeGreaterThan(0.3);
  });

  it('refuses, rather than queue without end, when very many are checked at once', async () => {
    const passwords = createPasswords(cost);
    const hash = await passwords.hash('correct horse');

    const results = await Promise.allSettled(
      Array.from({ length: 200 }, () => passwords.verify('correct horse', hash)),
    );

    const refused = results.filter(({ status }) => status === 'rejected');
    expect(refused).toHaveLength(200 - 2 - 64);
    expect(refused[0]).toMatchObject({ reason: { code: 'too_many_requests' } });
    expect(await passwords.verify('correct horse', hash)).toBe(true);
  });
});
