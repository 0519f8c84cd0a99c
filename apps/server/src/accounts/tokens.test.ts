import { createSecretKey } from 'node:crypto';
import { userIdSchema } from '@friend-lite/contract';
import { decodeJwt, SignJWT, UnsecuredJWT } from 'jose';
import { describe, expect, it } from 'vitest';
import { fakeClock } from '../base/fake-clock.ts';
import type { User } from './ports.ts';
import { memoryRevokedTokens, memoryUsers } from './stores.fake.ts';
import { createTokens } from './tokens.ts';

const secret = 'a-secret-of-more-than-thirty-two-bytes';
const ada: User = {
  id: userIdSchema.parse('a'.repeat(24)),
  email: 'ada@example.com',
  passwordHash: 'x',
  displayName: null,
  isActive: true,
  isSuperuser: false,
  createdAt: 0,
};

async function setUp() {
  const clock = fakeClock();
  const users = memoryUsers();
  const revoked = memoryRevokedTokens();
  await users.add(ada);
  return { clock, users, revoked, tokens: createTokens(secret, users, revoked, clock) };
}

describe('tokens', () => {
  it('carry the claims that existing clients and servers know', async () => {
    const { tokens, clock } = await setUp();
    const now = Math.floor(clock.now() / 1000);

    expect(decodeJwt(await tokens.issue(ada.id))).toEqual({
      sub: ada.id,
      aud: ['fastapi-users:auth'],
      iat: now,
      exp: now + 3600,
      jti: expect.stringMatching(/^[0-9a-f]{32}$/) as unknown,
    });
  });

  it('stand for their user until they expire, with five seconds of tolerance', async () => {
    const { tokens, clock } = await setUp();
    const token = await tokens.issue(ada.id);

    expect(await tokens.authenticate(token)).toMatchObject({ user: ada });
    clock.advance(3_604_000);
    expect(await tokens.authenticate(token)).not.toBeNull();
    clock.advance(2_000);
    expect(await tokens.authenticate(token)).toBeNull();
  });

  it('end with logout, that one token alone', async () => {
    const { tokens } = await setUp();
    const [first, second] = [await tokens.issue(ada.id), await tokens.issue(ada.id)];
    const session = await tokens.authenticate(first);
    expect(await tokens.isCurrent(session!)).toBe(true);

    await tokens.revoke(session!);

    expect(await tokens.authenticate(first)).toBeNull();
    expect(await tokens.isCurrent(session!)).toBe(false);
    expect(await tokens.authenticate(second)).not.toBeNull();
  });

  it('are not revoked by running out, but by logout and by the end of their user', async () => {
    const { tokens, users, clock } = await setUp();
    const first = await tokens.authenticate(await tokens.issue(ada.id));
    const second = await tokens.authenticate(await tokens.issue(ada.id));
    clock.advance(24 * 3_600_000);
    expect(await tokens.isCurrent(first!)).toBe(false);
    expect(await tokens.isRevoked(first!)).toBe(false);

    await tokens.revoke(first!);
    expect(await tokens.isRevoked(first!)).toBe(true);
    expect(await tokens.isRevoked(second!)).toBe(false);

    users.deactivate(ada.email);
    expect(await tokens.isRevoked(second!)).toBe(true);
  });

  it('are remembered as revoked for as long as they could be used', async () => {
    const { tokens, revoked, clock } = await setUp();
    const session = await tokens.authenticate(await tokens.issue(ada.id));
    await tokens.revoke(session!);

    const issuedAt = Math.floor(clock.now() / 1000) * 1000;
    expect([...revoked.entries.values()]).toEqual([issuedAt + 3_605_000]);
  });

  it('are worth nothing once their user is inactive or gone', async () => {
    const { tokens, users } = await setUp();
    const token = await tokens.issue(ada.id);
    const session = await tokens.authenticate(token);
    users.deactivate(ada.email);

    expect(await tokens.authenticate(token)).toBeNull();
    expect(await tokens.isCurrent(session!)).toBe(false);
    expect(
      await tokens.authenticate(await tokens.issue(userIdSchema.parse('f'.repeat(24)))),
    ).toBeNull();
  });

  it('are refused when signed or made in any other way', async () => {
    const { tokens, clock } = await setUp();
    const seconds = Math.floor(clock.now() / 1000);
    const base = () =>
      new SignJWT({ jti: 'x' })
        .setSubject(ada.id)
        .setAudience(['fastapi-users:auth'])
        .setIssuedAt(seconds)
        .setExpirationTime(seconds + 3600);
    const key = createSecretKey(Buffer.from(secret));
    const own = await base().setProtectedHeader({ alg: 'HS256' }).sign(key);
    expect(await tokens.authenticate(own)).not.toBeNull();

    const foreign = [
      await base().setProtectedHeader({ alg: 'HS512' }).sign(key),
      await base()
        .setProtectedHeader({ alg: 'HS256' })
        .sign(createSecretKey(Buffer.from('another-secret-of-more-than-32-bytes'))),
      await base().setProtectedHeader({ alg: 'HS256' }).setAudience('other').sign(key),
      await base().setProtectedHeader({ alg: 'HS256' }).setSubject('nobody').sign(key),
      await new SignJWT({ jti: 'x' })
        .setProtectedHeader({ alg: 'HS256' })
        .setSubject(ada.id)
        .setAudience('fastapi-users:auth')
        .sign(key),
      new UnsecuredJWT({ jti: 'x' })
        .setSubject(ada.id)
        .setAudience('fastapi-users:auth')
        .setExpirationTime(seconds + 3600)
        .encode(),
      own.slice(0, -3),
      `${own}x`,
      'not a token',
      '',
    ];
    for (const token of foreign) expect(await tokens.authenticate(token), token).toBeNull();
  });
});
