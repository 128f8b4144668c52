import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { buildExampleAuth, type ExampleAuth, PASSWORD, visitor } from '../../adapter/jwt/example-auth.ts';
import type { Database } from '../../adapter/sql/schema.ts';
import { migratedDatabase, type TemporaryDatabase } from '../../infrastructure/db/temporary-database.ts';
import { TokenService } from '../token/token-service.ts';
import { newApiKeySecret } from './api-key-secret.ts';
import { randomSecret } from './credential-secret.ts';
import { newRefreshToken, newSignInId } from './refresh-token.ts';

let database: TemporaryDatabase<Database>;
let example: ExampleAuth;

beforeEach(async () => {
  database = await migratedDatabase();
  example = await buildExampleAuth(database.db);
});

afterEach(() => database[Symbol.asyncDispose]());

const NEXT_PASSWORD = 'seven herons in the fog';
const UNAUTHENTICATED = { code: 'UNAUTHENTICATED' };

const agentTokens = () => new TokenService({ ...example, revocations: { tokenRevoked: () => undefined } });

/** One of each kind, all of them good where they belong; the password first, before wrong ones make it wait. */
async function everyCredential() {
  const setupCode = (await example.auth.offerSetupCode())?.code ?? '';
  const kim = await example.add('kim@example.com');
  const { accessToken, refreshToken } = await example.login('kim@example.com');
  const { secret: apiKey = '' } = await example.keys.create(kim, { name: 'script', scope: 'full' });
  const admin = await example.add('root@example.com', 'admin');
  const { code: invitation } = await example.users.invite(admin, kim.userId);
  const { secret: agentToken = '' } = await agentTokens().create(admin, { agentName: 'web-01' });
  return { password: PASSWORD, setupCode, accessToken, refreshToken, apiKey, invitation, agentToken };
}

describe('a sign-in', () => {
  test('gives an access token for ten minutes and a refresh token for thirty days', async () => {
    const { userId } = await example.add('kim@example.com');

    const login = await example.login('KIM@example.com');

    expect(login.expiresAt).toEqual(new Date('2026-05-04T12:10:00.000Z'));
    expect(login.refreshExpiresAt).toEqual(new Date('2026-06-03T12:00:00.000Z'));
    expect(login.user).toMatchObject({ userId, email: 'kim@example.com', role: 'user', scope: 'full' });
    expect(await example.auth.authenticate(login.accessToken, visitor.address)).toEqual(login.user);
  });

  test('A16: leaves nothing in the database that one could sign in with', async () => {
    await example.add('kim@example.com');
    const { accessToken, refreshToken } = await example.login('kim@example.com');

    const stored = JSON.stringify([
      await database.db.selectFrom('sign_ins').selectAll().execute(),
      await database.db.selectFrom('audit_events').selectAll().execute(),
    ]);

    expect(stored).not.toContain(refreshToken.slice(-43));
    expect(stored).not.toContain(accessToken.slice(-20));
  });

  test('A16: the name of a sign-in is no credential', async () => {
    await example.add('kim@example.com');
    const { user } = await example.login('kim@example.com');
    const id = user.credential.kind === 'signIn' ? user.credential.id : '';

    await expect(example.auth.authenticate(id, undefined)).rejects.toMatchObject(UNAUTHENTICATED);
    await expect(example.auth.refresh({ refreshToken: id, ...visitor })).rejects.toMatchObject(UNAUTHENTICATED);
  });

  test('is listed for its user, and ended by them but by nobody else', async () => {
    await example.add('kim@example.com');
    await example.add('lee@example.com');
    const mine = await example.login('kim@example.com');
    const other = await example.login('kim@example.com');
    const lee = await example.login('lee@example.com');
    const otherId = other.user.credential.kind === 'signIn' ? other.user.credential.id : '';

    expect((await example.auth.listSignIns(mine.user, { limit: 10 })).items).toHaveLength(2);
    await expect(example.auth.revokeSignIn(lee.user, otherId)).rejects.toMatchObject({ code: 'NOT_FOUND' });
    await example.auth.revokeSignIn(mine.user, otherId);

    await expect(example.auth.authenticate(other.accessToken, undefined)).rejects.toMatchObject(UNAUTHENTICATED);
    expect((await example.auth.listSignIns(mine.user, { limit: 10 })).items).toHaveLength(1);
    expect(await example.events('signIn.ended')).toMatchObject([{ actor: { name: 'kim@example.com' } }]);
  });

  test('is none of an API key’s business', async () => {
    const key = await example.withKey(await example.add('kim@example.com'));

    for (const attempt of [
      () => example.auth.listSignIns(key, { limit: 10 }),
      () => example.auth.logout(key),
      () => example.auth.changePassword(key, { current: PASSWORD, next: 'seven herons in the fog' }),
    ]) {
      await expect((async () => attempt())()).rejects.toMatchObject({ code: 'FORBIDDEN' });
    }
  });

  test('that ended long ago is forgotten', async () => {
    await example.add('kim@example.com');
    await example.auth.logout((await example.login('kim@example.com')).user);
    await example.login('kim@example.com');

    example.later(25 * 3_600);
    await example.auth.tidy();

    expect(await database.db.selectFrom('sign_ins').select('id').execute()).toHaveLength(1);
  });
});

describe('A3: a known user with a credential that is not theirs', () => {
  test('opens nothing in a thousand tries at once, and leaves no sign-in', async () => {
    const kim = await example.add('kim@example.com');
    const { secret = '' } = await example.keys.create(kim, { name: 'script', scope: 'full' });
    const id = newSignInId();
    const tries = [
      (index: number) =>
        example.auth.login({
          email: kim.email,
          password: `guess number ${index}`,
          ...visitor,
          address: `10.${index}.0.1`,
        }),
      () => example.auth.authenticate(newApiKeySecret(), visitor.address),
      () => example.auth.authenticate(`${secret.slice(0, -1)}!`, visitor.address),
      () => example.auth.authenticate(`eyJhbGciOiJub25lIn0.${id}.`, visitor.address),
      () =>
        example.auth.refresh({ refreshToken: newRefreshToken({ signInId: id, family: randomSecret() }), ...visitor }),
    ];

    const answers = await Promise.allSettled(
      Array.from({ length: 1_000 }, (_, index) => tries[index % tries.length]?.(index)),
    );

    expect(answers.filter(({ status }) => status === 'fulfilled')).toEqual([]);
    expect(await database.db.selectFrom('sign_ins').selectAll().execute()).toEqual([]);
  });
});

describe('A4: what is no text', () => {
  const things = [undefined, null, 0, 1, true, '', [], {}, ['x'], { toString: () => 'x' }, Number.NaN];

  test.each(things.map((thing) => [thing]))('%j is refused in every field of every way in', async (thing) => {
    const { auth } = example;
    await example.add('kim@example.com');
    await auth.offerSetupCode();
    const odd = thing as unknown as string;

    const answers = await Promise.allSettled([
      auth.login({ email: odd, password: PASSWORD, ...visitor }),
      auth.login({ email: 'kim@example.com', password: odd, ...visitor }),
      auth.refresh({ refreshToken: odd, ...visitor }),
      auth.register({ code: odd, password: PASSWORD, ...visitor }),
      auth.setUp({ code: odd, email: 'a@b', password: PASSWORD, ...visitor }),
      auth.authenticate(odd, visitor.address),
    ]);

    const codes = answers.map((answer) => (answer.status === 'rejected' ? answer.reason.code : 'let in'));
    expect(codes).toEqual(['VALIDATION', 'VALIDATION', 'VALIDATION', 'VALIDATION', 'VALIDATION', 'UNAUTHENTICATED']);
  });

  test('a user without a password is not let in without one', async () => {
    const admin = await example.add('root@example.com', 'admin');
    await example.users.create(admin, { email: 'new@example.com', role: 'user' });

    for (const password of ['', ' ', 'null', 'undefined', '\0']) {
      const attempt = example.auth.login({ email: 'new@example.com', password, ...visitor });
      await expect(attempt).rejects.toMatchObject({ code: expect.stringMatching(/UNAUTHENTICATED|VALIDATION/) });
    }
  });
});

describe('A5: characters that one cannot see', () => {
  test.each([
    'kim@example.com\0x',
    'kim@example.com\r\n',
    'kim@\u200bexample.com',
    '\ud800@example.com',
    'kim@example.com\u202e',
  ])('%j is no e-mail address, and is told of in a form that does no harm', async (email) => {
    await example.add('kim@example.com');

    await expect(example.auth.login({ email, password: PASSWORD, ...visitor })).rejects.toMatchObject({
      code: 'VALIDATION',
    });
    const [event] = await example.events('signIn.failed');
    expect(event).toMatchObject({
      details: { reason: 'malformed' },
      actor: { name: expect.stringMatching(/^[ -~]+$/) },
    });
  });

  test('a User-Agent header cannot forge a line either', async () => {
    await example.add('kim@example.com');
    await example.auth.login({ email: 'kim@example.com', password: PASSWORD, ...visitor, client: 'x\n{"level":60}' });

    expect(await example.events('signIn.succeeded')).toMatchObject([{ details: { client: 'x\\u000a{"level":60}' } }]);
  });
});

describe('A9: a password of a megabyte', () => {
  test('is refused before it is hashed', async () => {
    await example.add('kim@example.com');
    const huge = 'x'.repeat(2 ** 20);

    await expect(example.auth.login({ email: 'kim@example.com', password: huge, ...visitor })).rejects.toMatchObject({
      code: 'VALIDATION',
    });
    expect(await example.events('signIn.failed')).toEqual([]);
  });
});

describe('A12: each credential opens one door', () => {
  const doors: Readonly<Record<string, (credential: string, index: number) => Promise<unknown>>> = {
    authenticate: (credential) => example.auth.authenticate(credential, undefined),
    refresh: (credential) => example.auth.refresh({ refreshToken: credential, ...visitor }),
    register: (credential) => example.auth.register({ code: credential, password: NEXT_PASSWORD, ...visitor }),
    // From elsewhere each time: nobody is to be refused for having tried.
    login: (credential, index) =>
      example.auth.login({ email: 'root@example.com', password: credential, ...visitor, address: `10.${index}.0.1` }),
    setUp: (credential) =>
      example.auth.setUp({ code: credential, email: 'new@example.com', password: NEXT_PASSWORD, ...visitor }),
    agents: (credential) => agentTokens().authenticate(credential),
  };

  test('A12: of every kind of credential at every door, only those open it that belong there', async () => {
    const credentials = await everyCredential();

    const opened: Record<string, string[]> = {};
    for (const [index, [name, credential]] of Object.entries(credentials).entries()) {
      opened[name] = [];
      // One after the other: who answers the invitation ends the other sign-ins.
      for (const [door, open] of Object.entries(doors)) {
        const isOpened = await open(credential, index).then(
          () => true,
          (thrown: { readonly code: string }) => thrown.code === 'CONFLICT',
        );
        if (isOpened) opened[name].push(door);
      }
    }

    expect(opened).toEqual({
      // The hub has users by then: the code is right, and too late.
      setupCode: ['setUp'],
      accessToken: ['authenticate'],
      refreshToken: ['refresh'],
      apiKey: ['authenticate'],
      invitation: ['register'],
      agentToken: ['agents'],
      password: ['login'],
    });
  });
});

describe('A13: time', () => {
  test('an access token ends before its sign-in, and is renewed by the refresh token', async () => {
    await example.add('kim@example.com');
    const { accessToken, refreshToken } = await example.login('kim@example.com');

    example.later(631);

    await expect(example.auth.authenticate(accessToken, undefined)).rejects.toMatchObject(UNAUTHENTICATED);
    const next = await example.auth.refresh({ refreshToken, ...visitor });
    expect((await example.auth.authenticate(next.accessToken, undefined)).email).toBe('kim@example.com');
  });
});

describe('A15: an access token is dead at once when', () => {
  test.each([
    ['its user signs out', async () => example.auth.logout((await login).user)],
    [
      'its user is disabled',
      async (id: number) => void (await example.users.update(root(), id, undefined, { disabled: true })),
    ],
    [
      'its user gets another role',
      async (id: number) => void (await example.users.update(root(), id, undefined, { role: 'admin' })),
    ],
    ['its user is removed', (id: number) => example.users.delete(root(), id)],
    ['its user answers an invitation', answerInvitation],
    ['its user changes their password elsewhere', changePasswordElsewhere],
  ])('%s', async (_what, end) => {
    const admin = await example.add('root@example.com', 'admin');
    root = () => admin;
    const { userId } = await example.add('kim@example.com');
    login = example.login('kim@example.com');
    const { accessToken, refreshToken } = await login;
    await example.auth.authenticate(accessToken, undefined);

    await end(userId);

    await expect(example.auth.authenticate(accessToken, undefined)).rejects.toMatchObject(UNAUTHENTICATED);
    await expect(example.auth.refresh({ refreshToken, ...visitor })).rejects.toMatchObject(UNAUTHENTICATED);
  });

  let login: ReturnType<ExampleAuth['login']>;
  let root: () => Awaited<ReturnType<ExampleAuth['add']>>;

  async function answerInvitation(userId: number): Promise<void> {
    const { code } = await example.users.invite(root(), userId);
    await example.auth.register({ code, password: 'seven herons in the fog', ...visitor });
  }

  async function changePasswordElsewhere(): Promise<void> {
    const elsewhere = await example.login('kim@example.com');
    await example.auth.changePassword(elsewhere.user, { current: PASSWORD, next: 'seven herons in the fog' });
  }
});

describe('A15: an API key', () => {
  test('is dead while its user is disabled, and has its user’s role of the moment', async () => {
    const admin = await example.add('root@example.com', 'admin');
    const kim = await example.add('kim@example.com');
    const { secret = '' } = await example.keys.create(kim, { name: 'script', scope: 'full' });

    await example.users.update(admin, kim.userId, undefined, { role: 'admin' });
    expect((await example.auth.authenticate(secret, undefined)).role).toBe('admin');
    await example.users.update(admin, kim.userId, undefined, { disabled: true });

    await expect(example.auth.authenticate(secret, undefined)).rejects.toMatchObject(UNAUTHENTICATED);
  });
});
