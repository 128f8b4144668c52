import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { buildExampleAuth, type ExampleAuth, PASSWORD, visitor } from '../../adapter/jwt/example-auth.ts';
import type { Database } from '../../adapter/sql/schema.ts';
import { migratedDatabase, type TemporaryDatabase } from '../../infrastructure/db/temporary-database.ts';

let database: TemporaryDatabase<Database>;
let example: ExampleAuth;

beforeEach(async () => {
  database = await migratedDatabase();
  example = await buildExampleAuth(database.db);
});

afterEach(() => database[Symbol.asyncDispose]());

async function offer(): Promise<string> {
  return (await example.auth.offerSetupCode())?.code ?? 'none was offered';
}

function setUp(code: string, email = 'ops@example.com', password = PASSWORD) {
  return example.auth.setUp({ code, email, password, ...visitor });
}

describe('setting up a new hub', () => {
  test('the code that its machine shows makes the first administrator, who is signed in', async () => {
    const code = await offer();
    expect(example.setupCode.text).toBe(code);
    expect(await example.auth.isSetUpNeeded()).toBe(true);

    const login = await setUp(code, 'Ops@Example.com');

    expect(login.user).toMatchObject({ email: 'ops@example.com', role: 'admin' });
    expect(await example.auth.authenticate(login.accessToken, visitor.address)).toEqual(login.user);
    expect(await example.auth.isSetUpNeeded()).toBe(false);
    expect(example.setupCode.text).toBeUndefined();
    expect((await example.events()).map(({ action }) => action)).toEqual(['user.created', 'signIn.succeeded']);
  });

  test('A2: nothing signs in to a hub that was not set up', async () => {
    await offer();
    const guesses = ['admin', 'administrator', 'root', 'ferry', 'admin@localhost', 'crushadmin'];

    for (const [index, guess] of guesses.entries()) {
      const attempt = example.auth.login({ email: guess, password: guess, ...visitor, address: `10.${index}.0.1` });
      await expect(attempt).rejects.toMatchObject({ code: 'UNAUTHENTICATED' });
    }
  });

  test('A2: a code that was used is no code', async () => {
    const code = await offer();
    await setUp(code);

    await expect(setUp(code, 'second@example.com')).rejects.toMatchObject({ code: 'UNAUTHENTICATED' });
  });

  test('a wrong code, one too many and one without need make an event each, without the code', async () => {
    await offer();
    for (let index = 0; index < 6; index += 1) await setUp('AAAA-BBBB-CCCC').catch(() => undefined);

    const events = await example.events('signIn.failed');
    expect(events.map(({ actor, details }) => ({ actor, details }))).toEqual(
      Array.from({ length: 6 }, () => ({
        actor: { kind: 'anonymous', name: 'ops@example.com', address: visitor.address },
        details: { reason: 'wrongSetupCode' },
      })),
    );
    expect(JSON.stringify(events)).not.toContain('BBBB');
  });

  test('A2: five wrong codes close it', async () => {
    const code = await offer();
    for (let index = 0; index < 5; index += 1) {
      await expect(setUp('AAAA-AAAA-AAAA')).rejects.toMatchObject({ code: 'UNAUTHENTICATED' });
    }

    await expect(setUp(code)).rejects.toThrow(/restart it/);
    expect(await example.auth.isSetUpNeeded()).toBe(true);
  });

  test('A2: after half an hour the code and its file are gone', async () => {
    const code = await offer();
    example.later(1_799);
    await example.auth.tidy();
    expect(example.setupCode.text).toBe(code);

    example.later(1);
    await example.auth.tidy();

    expect(example.setupCode.text).toBeUndefined();
    await expect(setUp(code)).rejects.toThrow(/expired.*restart it/);
  });

  test('A1: two at once make exactly one administrator', async () => {
    const code = await offer();

    const answers = await Promise.allSettled([setUp(code, 'one@example.com'), setUp(code, 'two@example.com')]);

    const refused = answers.flatMap((answer) => (answer.status === 'rejected' ? [answer.reason.code] : []));
    expect(refused).toEqual(['CONFLICT']);
    expect(await example.store.users.count()).toBe(1);
    expect(await database.db.selectFrom('sign_ins').selectAll().execute()).toHaveLength(1);
  });

  test('A1: nobody sets up a hub that has a user, whatever code was open', async () => {
    const code = await offer();
    await example.add('kim@example.com', 'admin');

    await expect(setUp(code)).rejects.toMatchObject({ code: 'CONFLICT' });
  });

  test.each([
    ['no address', 'nobody', PASSWORD],
    ['a weak password', 'ops@example.com', 'password1234'],
  ])('%s is refused, and the code stays good', async (_what, email, password) => {
    const code = await offer();

    await expect(setUp(code, email, password)).rejects.toMatchObject({ code: 'VALIDATION' });

    expect((await setUp(code)).user.role).toBe('admin');
  });

  test('a hub with users offers no code, and clears away one that a crash left', async () => {
    await example.add('kim@example.com', 'admin');
    example.setupCode.text = 'AAAA-AAAA-AAAA';

    expect(await example.auth.offerSetupCode()).toBeUndefined();
    expect(example.setupCode.text).toBeUndefined();
  });
});

describe('an administrator from the configuration', () => {
  test('signs in with what was given', async () => {
    expect(await example.auth.ensureAdministrator({ email: 'Ops@example.com', password: PASSWORD })).toEqual({
      email: 'ops@example.com',
    });
    expect((await example.login('ops@EXAMPLE.com')).user.role).toBe('admin');
  });

  test('is never changed by a later start', async () => {
    await example.auth.ensureAdministrator({ password: PASSWORD });

    expect(await example.auth.ensureAdministrator({ password: 'seven herons in the fog' })).toBeUndefined();

    expect((await example.login('admin@localhost')).user.email).toBe('admin@localhost');
  });

  test('is not made without a password: a code is offered then', async () => {
    expect(await example.auth.ensureAdministrator({})).toBeUndefined();
    expect(await example.auth.ensureAdministrator({ email: 'ops@example.com' })).toBeUndefined();
    expect(await example.auth.isSetUpNeeded()).toBe(true);
  });

  test.each([
    { password: 'elevenchars' },
    { password: 'administrator' },
    { email: 'nobody', password: PASSWORD },
    { email: 'two @example.com' },
  ])('is refused as %j', async (given) => {
    await expect(example.auth.ensureAdministrator(given)).rejects.toMatchObject({ code: 'VALIDATION' });
  });
});
