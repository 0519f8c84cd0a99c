import { describe, expect, it } from 'vitest';
import { fakeClock } from '../base/fake-clock.ts';
import { createLogin } from './login.ts';
import { createPasswords } from './passwords.ts';
import { openSetup } from './setup.ts';
import { memoryUsers } from './stores.fake.ts';
import { createUsers } from './users.ts';

const passwords = createPasswords(4);
const draft = {
  email: 'ada@example.com',
  password: 'correct horse',
  displayName: 'Ada',
  isActive: true,
  isSuperuser: false,
};

function setUp() {
  const clock = fakeClock();
  const store = memoryUsers();
  const users = createUsers(store, passwords, clock);
  const login = createLogin(store, passwords, clock);
  const enter = (email: string, password: string) =>
    login({ email, password, address: '10.0.0.1' });
  return { clock, store, users, enter };
}

describe('users', () => {
  it('get an id of their own and a hashed password', async () => {
    const { users } = setUp();
    const user = await users.create(draft);

    expect(user.id).toMatch(/^[0-9a-f]{24}$/);
    expect(user.passwordHash).not.toContain(draft.password);
  });

  it('are one per email, also when created at once', async () => {
    const { users } = setUp();

    const results = await Promise.allSettled([users.create(draft), users.create(draft)]);

    expect(results.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
    await expect(users.create(draft)).rejects.toMatchObject({ code: 'user_exists' });
  });

  it('include the configured administrator from the first start on', async () => {
    const { users, store, enter } = setUp();

    expect(await users.ensureAdmin('admin@example.com', 'first password')).toBe(true);

    expect(await store.hasAdmin()).toBe(true);
    expect(await enter('admin@example.com', 'first password')).toMatchObject({ isSuperuser: true });
  });

  it('are left as they are when the administrator’s email is theirs', async () => {
    const { users, store } = setUp();
    const ada = await users.create(draft);

    expect(await users.ensureAdmin(draft.email, 'other password')).toBe(false);
    expect(await store.find(ada.id)).toEqual(ada);
  });
});

describe('login', () => {
  it('finds the user whatever the case of the email', async () => {
    const { users, enter } = setUp();
    const ada = await users.create(draft);

    expect(await enter(' Ada@Example.COM', draft.password)).toEqual(ada);
  });

  it('gives one answer for a wrong password, an unknown email and an inactive user', async () => {
    const { users, enter } = setUp();
    await users.create(draft);
    await users.create({ ...draft, email: 'gone@example.com', isActive: false });
    const refusal = { code: 'bad_credentials', params: {} };

    await expect(enter(draft.email, 'wrong')).rejects.toMatchObject(refusal);
    await expect(enter('nobody@example.com', draft.password)).rejects.toMatchObject(refusal);
    await expect(enter('gone@example.com', draft.password)).rejects.toMatchObject(refusal);
  });

  it('slows down whoever guesses, the right password included', async () => {
    const { users, enter, clock } = setUp();
    await users.create(draft);
    for (let index = 0; index < 5; index++) {
      await expect(enter(draft.email, 'wrong')).rejects.toMatchObject({ code: 'bad_credentials' });
    }

    await expect(enter(draft.email.toUpperCase(), draft.password)).rejects.toMatchObject({
      code: 'too_many_requests',
    });
    clock.advance(1000);
    await expect(enter(draft.email, draft.password)).resolves.toBeTruthy();
  });
});

describe('setup', () => {
  const admin = { email: 'root@example.com', password: 'correct horse' };

  it('is not needed where an administrator exists', async () => {
    const { store, users } = setUp();
    await users.ensureAdmin('admin@example.com', 'first password');
    const { setup, token } = await openSetup(store, users);

    expect(token).toBeNull();
    expect(setup.isRequired()).toBe(false);
    await expect(setup.complete('', admin)).rejects.toMatchObject({ code: 'setup_link_invalid' });
  });

  it('makes whoever has the link the administrator, once', async () => {
    const { store, users, enter } = setUp();
    const { setup, token } = await openSetup(store, users);
    expect(Buffer.from(token!, 'base64url')).toHaveLength(32);
    await expect(setup.complete('guess', admin)).rejects.toMatchObject({
      code: 'setup_link_invalid',
    });
    expect(setup.isRequired()).toBe(true);

    await setup.complete(token!, admin);

    expect(setup.isRequired()).toBe(false);
    expect(await enter(admin.email, admin.password)).toMatchObject({ isSuperuser: true });
    await expect(
      setup.complete(token!, { ...admin, email: 'second@example.com' }),
    ).rejects.toMatchObject({ code: 'setup_link_invalid' });
  });

  it('lets exactly one of two uses at once through', async () => {
    const { store, users } = setUp();
    const { setup, token } = await openSetup(store, users);

    const results = await Promise.allSettled([
      setup.complete(token!, admin),
      setup.complete(token!, { ...admin, email: 'second@example.com' }),
    ]);

    expect(results.map(({ status }) => status)).toEqual(['fulfilled', 'rejected']);
    expect(await users.list()).toHaveLength(1);
  });

  it('stays open when creating the administrator fails', async () => {
    const { store, users } = setUp();
    await users.create({ ...draft, email: admin.email });
    const { setup, token } = await openSetup(store, users);

    await expect(setup.complete(token!, admin)).rejects.toMatchObject({ code: 'user_exists' });
    expect(setup.isRequired()).toBe(true);
    await setup.complete(token!, { ...admin, email: 'other@example.com' });

    expect(setup.isRequired()).toBe(false);
  });
});
