import { userIdSchema } from '@friend-lite/contract';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { fakeClock } from '../base/fake-clock.ts';
import type { User } from './ports.ts';
import { createSignedPaths, signedPathLifetimeMs } from './signed-paths.ts';

const ada: User = {
  id: userIdSchema.parse('a'.repeat(24)),
  email: 'ada@example.com',
  passwordHash: '',
  displayName: null,
  isActive: true,
  isSuperuser: false,
  createdAt: 0,
};
const path = '/audio/1_phone_0123.wav';

function setUp(secret = 'a-secret-of-more-than-thirty-two-bytes') {
  const clock = fakeClock();
  const users = new Map([[ada.id, ada]]);
  const store = { find: async (id: User['id']) => users.get(id) ?? null };
  return { clock, users, paths: createSignedPaths(secret, store, clock) };
}

describe('signed paths', () => {
  it('open for ten minutes, as their user', async () => {
    const { clock, paths } = setUp();
    const { expires, signature } = paths.sign(ada.id, path);
    clock.advance(signedPathLifetimeMs - 1);
    expect(await paths.verify(path, expires, signature)).toEqual(ada);
    clock.advance(1001);
    await expect(paths.verify(path, expires, signature)).rejects.toMatchObject({
      code: 'signed_url_expired',
      status: 403,
    });
  });

  it('open nothing else: another path, a later end, another user, another server', async () => {
    const { paths } = setUp();
    const { expires, signature } = paths.sign(ada.id, path);
    const mac = signature.split('.')[1] ?? '';
    const forged: [string, number, string][] = [
      [`${path}x`, expires, signature],
      [path, expires + 1, signature],
      [path, expires, `${'b'.repeat(24)}.${mac}`],
      [path, expires, mac],
      [path, expires, `${signature}=`],
      [path, expires, ''],
      [path, Number.NaN, signature],
    ];
    for (const [otherPath, end, other] of forged) {
      await expect(paths.verify(otherPath, end, other)).rejects.toMatchObject({
        code: 'signed_url_invalid',
        status: 403,
      });
    }
    const elsewhere = setUp('another-secret-of-thirty-two-bytes!!').paths;
    await expect(elsewhere.verify(path, expires, signature)).rejects.toMatchObject({
      code: 'signed_url_invalid',
    });
  });

  it('close with the account', async () => {
    const { users, paths } = setUp();
    const { expires, signature } = paths.sign(ada.id, path);
    users.set(ada.id, { ...ada, isActive: false });
    await expect(paths.verify(path, expires, signature)).rejects.toMatchObject({
      code: 'signed_url_invalid',
    });
    users.clear();
    await expect(paths.verify(path, expires, signature)).rejects.toMatchObject({
      code: 'signed_url_invalid',
    });
  });

  it('are not opened by any alteration of the signature', async () => {
    const { paths } = setUp();
    const { expires, signature } = paths.sign(ada.id, path);
    await fc.assert(
      fc.asyncProperty(
        fc.nat(signature.length - 1),
        fc.string({ maxLength: 3 }),
        async (at, text) => {
          const altered = signature.slice(0, at) + text + signature.slice(at + 1);
          fc.pre(altered !== signature);
          await expect(paths.verify(path, expires, altered)).rejects.toMatchObject({
            code: 'signed_url_invalid',
          });
        },
      ),
    );
  });
});
