import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { buildExampleAuth, type ExampleAuth, visitor } from '../../adapter/jwt/example-auth.ts';
import type { Database } from '../../adapter/sql/schema.ts';
import { migratedDatabase, type TemporaryDatabase } from '../../infrastructure/db/temporary-database.ts';
import type { Principal } from './principal.ts';

const NEW_PASSWORD = 'seven herons in the fog';

let database: TemporaryDatabase<Database>;
let example: ExampleAuth;
let admin: Principal;

beforeEach(async () => {
  database = await migratedDatabase();
  example = await buildExampleAuth(database.db);
  admin = await example.add('root@example.com', 'admin');
});

afterEach(() => database[Symbol.asyncDispose]());

async function invited(): Promise<{ id: number; code: string }> {
  const { made, invitation } = await example.users.create(admin, { email: 'new@example.com', role: 'user' });
  return { id: made.id, code: invitation?.code ?? '' };
}

const register = (code: string, password = NEW_PASSWORD) => example.auth.register({ code, password, ...visitor });

describe('an invitation', () => {
  test('lets its user set a password, and signs them in', async () => {
    const { id, code } = await invited();

    const { user } = await register(code);

    expect(user).toMatchObject({ userId: id, email: 'new@example.com' });
    const login = example.auth.login({ email: 'new@example.com', password: NEW_PASSWORD, ...visitor });
    expect((await login).user.userId).toBe(id);
    expect((await example.store.users.getById(id))?.invitedUntil).toBeUndefined();
  });

  test('is good once', async () => {
    const { code } = await invited();
    await register(code);

    await expect(register(code, 'another good sentence')).rejects.toMatchObject({ code: 'UNAUTHENTICATED' });
  });

  test('A30: used fifty times at once it is good once', async () => {
    const { code } = await invited();

    const answers = await Promise.allSettled(
      Array.from({ length: 50 }, (_, index) => register(code, `good sentence number ${index}`)),
    );

    expect(answers.filter((answer) => answer.status === 'fulfilled')).toHaveLength(1);
    expect(await example.events('password.changed')).toHaveLength(1);
    expect(await database.db.selectFrom('sign_ins').selectAll().execute()).toHaveLength(1);
  });

  test('is good for 72 hours', async () => {
    const { code } = await invited();

    example.later(72 * 3_600);

    await expect(register(code)).rejects.toThrow(/Ask an administrator for another/);
  });

  test('is closed by a newer one', async () => {
    const { id, code } = await invited();
    const newer = await example.users.invite(admin, id);

    await expect(register(code)).rejects.toMatchObject({ code: 'UNAUTHENTICATED' });
    expect((await register(newer.code)).user.userId).toBe(id);
  });

  test('a weak password is refused, and the code stays good', async () => {
    const { code } = await invited();

    await expect(register(code, 'password1234')).rejects.toMatchObject({ code: 'VALIDATION' });

    expect((await register(code)).user.email).toBe('new@example.com');
  });

  test('that is wrong, used or expired makes an event without the code; one that is right makes no such event', async () => {
    const { code } = await invited();
    const { code: forgotten } = (await example.users.create(admin, { email: 'late@example.com', role: 'user' }))
      .invitation ?? { code: '' };
    await register(code, 'password1234').catch(() => undefined);
    await register(code);
    expect(await example.events('signIn.failed')).toEqual([]);

    example.later(72 * 3_600);
    const wrong = [code, forgotten, `${code.slice(0, -1)}!`, 'fri_none'];
    for (const each of wrong) await expect(register(each)).rejects.toMatchObject({ code: 'UNAUTHENTICATED' });

    const events = await example.events('signIn.failed');
    expect(events.map(({ actor, details }) => ({ actor, details }))).toEqual(
      wrong.map(() => ({
        actor: { kind: 'anonymous', name: '(no e-mail address)', address: visitor.address },
        details: { reason: 'wrongInvitation' },
      })),
    );
    expect(JSON.stringify(events)).not.toContain(code.slice(4, 20));
    expect(example.auth.signInFailures).toBe(4);
  });

  test('A8: a flood of wrong codes is counted, and cannot fill the disk', async () => {
    for (let index = 0; index < 100; index += 1) await register(`fri_${index}`).catch(() => undefined);

    expect(await example.events('signIn.failed')).toHaveLength(30);
  });

  test('A16: the database holds nothing that could answer it', async () => {
    const { code } = await invited();

    const stored = JSON.stringify([
      await database.db.selectFrom('users').selectAll().execute(),
      await database.db.selectFrom('audit_events').selectAll().execute(),
    ]);

    expect(stored).not.toContain(code.slice(4));
  });
});

describe('A17: a password reset', () => {
  test('does not let a disabled user in, neither one sent before nor one sent after', async () => {
    const { userId } = await example.add('kim@example.com');
    const { code } = await example.users.invite(admin, userId);
    await example.users.update(admin, userId, undefined, { disabled: true });

    await expect(register(code)).rejects.toMatchObject({ code: 'UNAUTHENTICATED' });
    await expect(example.users.invite(admin, userId)).rejects.toMatchObject({ code: 'CONFLICT' });
  });

  test('ends the user’s sign-ins, and the old password with them', async () => {
    const { userId } = await example.add('kim@example.com');
    const { refreshToken } = await example.login('kim@example.com');
    const { code } = await example.users.invite(admin, userId);

    await register(code);

    await expect(example.auth.refresh({ refreshToken, ...visitor })).rejects.toMatchObject({ code: 'UNAUTHENTICATED' });
    await expect(example.login('kim@example.com')).rejects.toMatchObject({ code: 'UNAUTHENTICATED' });
  });

  test('leaves the old password good until it is answered', async () => {
    const { userId } = await example.add('kim@example.com');
    await example.users.invite(admin, userId);

    expect((await example.login('kim@example.com')).user.userId).toBe(userId);
  });
});
