import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { buildExampleAuth, type ExampleAuth, PASSWORD, visitor } from '../../adapter/jwt/example-auth.ts';
import { createExampleRun } from '../../adapter/sql/example-run.ts';
import type { Database } from '../../adapter/sql/schema.ts';
import { migratedDatabase, type TemporaryDatabase } from '../../infrastructure/db/temporary-database.ts';
import type { Principal } from '../auth/principal.ts';

let database: TemporaryDatabase<Database>;
let example: ExampleAuth;
let admin: Principal;
let kim: Principal;

beforeEach(async () => {
  database = await migratedDatabase();
  example = await buildExampleAuth(database.db);
  admin = await example.add('root@example.com', 'admin');
  kim = await example.add('kim@example.com');
});

afterEach(() => database[Symbol.asyncDispose]());

describe('users', () => {
  test('are seen by administrators; everybody else sees themselves only', async () => {
    const page = await example.users.list(admin, {}, { limit: 10 });

    expect(page.items.map(({ email }) => email).toSorted()).toEqual(['kim@example.com', 'root@example.com']);
    expect((await example.users.get(kim, kim.userId)).email).toBe('kim@example.com');
    await expect(example.users.list(kim, {}, { limit: 10 })).rejects.toMatchObject({ code: 'FORBIDDEN' });
    await expect(example.users.get(kim, admin.userId)).rejects.toMatchObject({ code: 'NOT_FOUND' });
    await expect(example.users.get(admin, 99)).rejects.toMatchObject({ code: 'NOT_FOUND' });
  });

  test('are invited when they are made without a password', async () => {
    const { made, invitation } = await example.users.create(admin, { email: 'New@Example.com', role: 'user' });

    expect(made).toMatchObject({ email: 'new@example.com', invitedUntil: new Date('2026-05-07T12:00:00.000Z') });
    expect(invitation).toEqual({ code: expect.stringMatching(/^fri_[A-Za-z0-9_-]{43}$/), until: made.invitedUntil });
  });

  test('made with a password sign in with it', async () => {
    const request = { email: 'new@example.com', role: 'user', password: PASSWORD } as const;

    const { made, invitation } = await example.users.create(admin, request);

    expect(invitation).toBeUndefined();
    expect((await example.login('new@example.com')).user.userId).toBe(made.id);
  });

  test('are made once for one Idempotency-Key, and the code is not shown again', async () => {
    const once = { key: 'k1', fingerprint: 'f1' };
    const first = await example.users.create(admin, { email: 'new@example.com', role: 'user' }, once);
    const second = await example.users.create(admin, { email: 'new@example.com', role: 'user' }, once);

    expect(second).toEqual({ made: first.made, isRepeat: true });
    expect(await example.events('user.created')).toHaveLength(1);
  });

  test.each([
    [{ email: 'nobody', role: 'user' }, 'VALIDATION'],
    [{ email: 'kim\0@example.com', role: 'user' }, 'VALIDATION'],
    [{ email: 'new@example.com', role: 'user', password: 'password1234' }, 'VALIDATION'],
    [{ email: 'KIM@example.com', role: 'user' }, 'CONFLICT'],
  ] as const)('are not made as %j', async (request, code) => {
    await expect(example.users.create(admin, request)).rejects.toMatchObject({ code });
    expect(await example.events('user.created')).toEqual([]);
  });

  test('are no business of other users', async () => {
    for (const attempt of [
      () => example.users.create(kim, { email: 'new@example.com', role: 'admin' }),
      () => example.users.update(kim, kim.userId, undefined, { role: 'admin' }),
      () => example.users.delete(kim, kim.userId),
      () => example.users.invite(kim, kim.userId),
    ]) {
      await expect(attempt()).rejects.toMatchObject({ code: 'FORBIDDEN' });
    }
    await expect(example.users.update(kim, admin.userId, undefined, { disabled: true })).rejects.toMatchObject({
      code: 'NOT_FOUND',
    });
  });

  test('an API key of an administrator manages users, but makes nobody an administrator and takes no account over', async () => {
    const key = await example.withKey(admin);
    const { made } = await example.users.create(key, { email: 'new@example.com', role: 'user' });
    await example.users.invite(key, made.id);
    await example.users.update(key, made.id, undefined, { disabled: true });

    for (const attempt of [
      () => example.users.create(key, { email: 'more@example.com', role: 'admin' }),
      () => example.users.update(key, kim.userId, undefined, { role: 'admin' }),
      () => example.users.invite(key, kim.userId),
      () => example.users.invite(key, admin.userId),
    ]) {
      await expect(attempt()).rejects.toMatchObject({ code: 'FORBIDDEN' });
    }
  });
});

describe('changing a user', () => {
  test('changes what was given and leaves the rest', async () => {
    const updated = await example.users.update(admin, kim.userId, undefined, { email: 'Kim.B@example.com' });

    expect(updated).toMatchObject({ email: 'kim.b@example.com', role: 'user', version: 2 });
    expect(await example.events('user.changed')).toMatchObject([
      { object: { id: String(kim.userId), name: 'kim@example.com' }, details: { email: 'kim.b@example.com' } },
    ]);
  });

  test('that somebody else changed in the meantime is refused', async () => {
    await example.users.update(admin, kim.userId, 1, { role: 'admin' });

    await expect(example.users.update(admin, kim.userId, 1, { disabled: true })).rejects.toMatchObject({
      code: 'CONFLICT',
      details: { reason: 'staleVersion', currentVersion: 2 },
    });
    expect(await example.events('user.changed')).toHaveLength(1);
  });

  test('F70: what is under way of a user who is disabled is cancelled, and nothing of anybody else', async () => {
    const [run, other] = [await createExampleRun(database.db), await createExampleRun(database.db)];

    await example.users.update(admin, run.userId, undefined, { disabled: true });

    expect(await example.store.runs.getById(run.id)).toMatchObject({
      state: 'cancelled',
      errorMessage: expect.stringMatching(/^Its owner, user\d+@example\.com, was disabled\.$/),
    });
    expect((await example.store.runs.getById(other.id))?.state).toBe('planning');
    expect(example.cancelledRuns).toEqual([run.id]);
  });

  test('a disabled user who is enabled again signs in anew', async () => {
    const { accessToken } = await example.login('kim@example.com');
    await example.users.update(admin, kim.userId, undefined, { disabled: true });
    await expect(example.login('kim@example.com')).rejects.toMatchObject({ code: 'UNAUTHENTICATED' });
    await example.users.update(admin, kim.userId, undefined, { disabled: false });

    await expect(example.auth.authenticate(accessToken, undefined)).rejects.toMatchObject({ code: 'UNAUTHENTICATED' });
    expect((await example.login('kim@example.com')).user.userId).toBe(kim.userId);
  });

  test.each([
    ['another role', { role: 'admin' }],
    ['another address', { email: 'somebody.else@example.com' }],
  ] as const)(
    'A17: who gets %s needs another invitation: the one that is open was for whom they were',
    async (_what, change) => {
      const { made, invitation } = await example.users.create(admin, { email: 'new@example.com', role: 'user' });

      const updated = await example.users.update(admin, made.id, undefined, change);

      const answer = { code: invitation?.code ?? '', password: PASSWORD, ...visitor };
      await expect(example.auth.register(answer)).rejects.toMatchObject({ code: 'UNAUTHENTICATED' });
      expect(updated.invitedUntil).toBeUndefined();
      const { code } = await example.users.invite(admin, made.id);
      expect((await example.auth.register({ ...answer, code })).user).toMatchObject({ userId: made.id, ...change });
    },
  );

  test('A17: no key leaves an invitation with somebody who becomes an administrator at the same moment', async () => {
    const key = await example.withKey(admin);
    const made = await Promise.all(
      Array.from({ length: 20 }, async (_, index) => {
        const user = await example.users.create(admin, { email: `new-${index}@example.com`, role: 'user' });
        return user.made.id;
      }),
    );

    await Promise.allSettled(
      made.flatMap((id) => [
        example.users.update(admin, id, undefined, { role: 'admin' }),
        example.users.invite(key, id),
      ]),
    );

    const now = await example.store.users.getByIds(made);
    expect(now.map(({ role, invitedUntil }) => ({ role, invitedUntil }))).toEqual(made.map(() => ({ role: 'admin' })));
  });

  test('what stays the same leaves their invitation open', async () => {
    const { made, invitation } = await example.users.create(admin, { email: 'new@example.com', role: 'user' });

    await example.users.update(admin, made.id, undefined, { email: 'New@example.com', role: 'user', disabled: false });

    const answer = { code: invitation?.code ?? '', password: PASSWORD, ...visitor };
    expect((await example.auth.register(answer)).user.userId).toBe(made.id);
  });

  test('another address leaves them signed in', async () => {
    const { accessToken } = await example.login('kim@example.com');

    await example.users.update(admin, kim.userId, undefined, { email: 'kim.b@example.com' });

    expect((await example.auth.authenticate(accessToken, undefined)).email).toBe('kim.b@example.com');
  });
});

describe('the last active administrator', () => {
  test.each([
    ['disabled', (id: number) => example.users.update(admin, id, undefined, { disabled: true })],
    ['demoted', (id: number) => example.users.update(admin, id, undefined, { role: 'user' })],
    ['removed', (id: number) => example.users.delete(admin, id)],
  ])('is not %s, not even when another was invited', async (_what, change) => {
    await example.users.create(admin, { email: 'second@example.com', role: 'admin' });

    await expect(change(admin.userId)).rejects.toMatchObject({ code: 'CONFLICT' });

    expect(await example.store.users.getById(admin.userId)).toMatchObject({ role: 'admin', version: 1 });
    expect(await example.events('user.changed')).toEqual([]);
  });

  test('stays when two administrators disable each other at once', async () => {
    const second = await example.add('second@example.com', 'admin');

    const answers = await Promise.allSettled([
      example.users.update(admin, second.userId, undefined, { disabled: true }),
      example.users.update(second, admin.userId, undefined, { disabled: true }),
    ]);

    expect(answers.map(({ status }) => status).toSorted()).toEqual(['fulfilled', 'rejected']);
    expect(await example.store.users.countActiveAdministrators()).toBe(1);
  });

  test('may go once another has a password', async () => {
    await example.add('second@example.com', 'admin');

    await example.users.delete(admin, admin.userId);

    await expect(example.users.get(admin, admin.userId)).rejects.toMatchObject({ code: 'NOT_FOUND' });
  });
});

describe('removing a user', () => {
  test('takes their keys and sign-ins along', async () => {
    await example.login('kim@example.com');
    const { secret = '' } = await example.keys.create(kim, { name: 'script', scope: 'read' });

    await example.users.delete(admin, kim.userId);

    await expect(example.auth.authenticate(secret, undefined)).rejects.toMatchObject({ code: 'UNAUTHENTICATED' });
    expect(await database.db.selectFrom('sign_ins').selectAll().execute()).toEqual([]);
    expect(await example.events('user.removed')).toMatchObject([{ object: { name: 'kim@example.com' } }]);
  });

  test('who has runs is refused: they can be disabled', async () => {
    const { userId } = await createExampleRun(database.db);
    const { email } = await example.users.get(admin, userId);

    await expect(example.users.delete(admin, userId)).rejects.toMatchObject({
      code: 'CONFLICT',
      message: `${email} has runs, which stay known with their owner. Disable the user instead.`,
    });
    expect(await example.events('user.removed')).toEqual([]);
  });
});
