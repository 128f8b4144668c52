import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { fullCost, lowestCost } from '../../adapter/argon2/argon2-cost.ts';
import { Argon2PasswordHasher } from '../../adapter/argon2/argon2-password-hasher.ts';
import { buildExampleAuth, type ExampleAuth, PASSWORD, visitor } from '../../adapter/jwt/example-auth.ts';
import type { Database } from '../../adapter/sql/schema.ts';
import { migratedDatabase, type TemporaryDatabase } from '../../infrastructure/db/temporary-database.ts';

/** The real thing, which tells how often it was asked. */
class CountingHasher extends Argon2PasswordHasher {
  evaluated = 0;

  override async verify(password: string, hash: string | undefined): Promise<boolean> {
    this.evaluated += 1;
    return super.verify(password, hash);
  }
}

let database: TemporaryDatabase<Database>;
let hasher: CountingHasher;
let example: ExampleAuth;

beforeEach(async () => {
  database = await migratedDatabase();
  // About 4 ms a hash: enough for the hash to be most of what an answer takes.
  hasher = new CountingHasher({
    cost: { memoryKiB: 4_096, passes: 1, parallelism: 1 },
    crowd: { inside: 4, waiting: 1_000 },
  });
  example = await buildExampleAuth(database.db, hasher);
});

afterEach(() => database[Symbol.asyncDispose]());

const attempt = (email: string, address: string, password = 'not the right one') =>
  example.auth.login({ email, password, client: 'a test', address });
const addressOf = (index: number) => `10.${index >> 8}.${index & 255}.1`;
const refusal = (answer: PromiseSettledResult<unknown>) => (answer.status === 'rejected' ? answer.reason : undefined);

describe('A7: who exists is not told', () => {
  test('unknown, disabled, invited and known users are refused in the same words', async () => {
    const admin = await example.add('root@example.com', 'admin');
    const { userId } = await example.add('disabled@example.com');
    await example.users.update(admin, userId, undefined, { disabled: true });
    await example.users.create(admin, { email: 'invited@example.com', role: 'user' });
    await example.add('known@example.com');

    const answers = await Promise.allSettled([
      attempt('unknown@example.com', addressOf(1)),
      attempt('disabled@example.com', addressOf(2), PASSWORD),
      attempt('invited@example.com', addressOf(3)),
      attempt('known@example.com', addressOf(4)),
    ]);

    const told = answers.map(refusal).map(({ code, message, details }) => JSON.stringify([code, message, details]));
    expect(new Set(told)).toEqual(
      new Set([JSON.stringify(['UNAUTHENTICATED', 'The e-mail address or the password is wrong.', {}])]),
    );
    expect(hasher.evaluated).toBe(4);
  });

  test('nor by how much is done before the refusal', async () => {
    const work: Record<'known' | 'unknown', number[]> = { known: [], unknown: [] };
    for (let index = 0; index < 60; index += 1) await example.add(`known${index}@example.com`);

    // Processor time, because a busy machine makes everything take longer; in turns, so that what it does falls on both alike.
    for (let index = 0; index < 60; index += 1) {
      for (const kind of ['known', 'unknown'] as const) {
        const before = process.cpuUsage();
        await attempt(`${kind}${index}@example.com`, addressOf(index)).catch(() => undefined);
        const { user, system } = process.cpuUsage(before);
        work[kind].push(user + system);
      }
    }

    // Without the hash for nobody it would be a small part.
    const ratio = median(work.known) / median(work.unknown);
    expect(ratio).toBeGreaterThan(0.5);
    expect(ratio).toBeLessThan(2);
  });

  test('waiting is asked of unknown users as of known ones', async () => {
    await example.add('known@example.com');

    const waits = await Promise.all(
      ['known@example.com', 'unknown@example.com'].map(async (email, which) => {
        for (let index = 0; index < 5; index += 1) {
          await attempt(email, addressOf(which * 100 + index)).catch(() => undefined);
        }
        return attempt(email, addressOf(which * 100 + 50)).catch((thrown: unknown) => thrown);
      }),
    );

    expect(waits).toMatchObject(
      Array.from({ length: 2 }, () => ({ code: 'RATE_LIMITED', details: { retryAfterSeconds: 60 } })),
    );
  });
});

describe('A8: ten thousand guesses', () => {
  test('at one account, from ten thousand networks: five are looked at', async () => {
    await example.add('root@example.com', 'admin');

    const answers = await Promise.allSettled(
      Array.from({ length: 10_000 }, (_, index) => attempt('root@example.com', addressOf(index))),
    );

    expect(hasher.evaluated).toBe(5);
    expect(answers.filter((answer) => refusal(answer)?.code === 'RATE_LIMITED')).toHaveLength(9_995);
  });

  test('at as many accounts, from one network: twenty are looked at', async () => {
    await Promise.allSettled(
      Array.from({ length: 10_000 }, (_, index) => attempt(`user${index}@example.com`, visitor.address)),
    );

    expect(hasher.evaluated).toBe(20);
  });

  test('the right password is not looked at either while one has to wait, and opens after that', async () => {
    await example.add('root@example.com', 'admin');
    for (let index = 0; index < 5; index += 1)
      await attempt('root@example.com', addressOf(index)).catch(() => undefined);

    await expect(example.login('root@example.com')).rejects.toMatchObject({
      code: 'RATE_LIMITED',
      message: 'Too many attempts to sign in with this e-mail address. Try again in 60 seconds.',
    });
    expect(hasher.evaluated).toBe(5);
    example.later(60);
    expect((await example.login('root@example.com')).user.role).toBe('admin');
  });

  test('fill the audit chain with thirty events a minute and one that counts the rest', async () => {
    for (let index = 0; index < 200; index += 1) {
      await attempt(`user${index}@example.com`, addressOf(index)).catch(() => undefined);
    }
    await Promise.allSettled(Array.from({ length: 300 }, () => attempt('user0@example.com', addressOf(0))));
    expect(await example.events('signIn.failed')).toHaveLength(30);

    example.later(60);
    await example.auth.tidy();

    const events = await example.events('signIn.failed');
    expect(events).toHaveLength(31);
    expect(events.at(-1)).toMatchObject({
      details: { reason: 'tooMany', count: 470, since: '2026-05-04T12:00:00.000Z' },
    });
  });

  test('what was counted is not lost when the hub stops', async () => {
    for (let index = 0; index < 31; index += 1) {
      await attempt(`user${index}@example.com`, addressOf(index)).catch(() => undefined);
    }

    await example.auth.close();
    await example.auth.close();

    expect((await example.events('signIn.failed')).at(-1)).toMatchObject({ details: { count: 1 } });
  });
});

describe('what failed and what succeeded', () => {
  test('is in the audit chain, with the address as typed and from where', async () => {
    await example.add('kim@example.com');
    await attempt('nobody\t<b>@example.com', addressOf(7)).catch(() => undefined);
    await attempt(`${'x'.repeat(200)}@example.com`, addressOf(8)).catch(() => undefined);
    await example.login('kim@example.com');

    expect(await example.events()).toMatchObject([
      {
        action: 'signIn.failed',
        actor: { kind: 'anonymous', name: 'nobody\\u0009<b>@example.com', address: addressOf(7) },
      },
      { action: 'signIn.failed', actor: { name: `${'x'.repeat(80)}…` }, details: { reason: 'wrongCredentials' } },
      { action: 'signIn.succeeded', actor: { kind: 'user', name: 'kim@example.com', address: visitor.address } },
    ]);
  });
});

describe('a hash that was made more cheaply than today’s', () => {
  test('is made anew when its user signs in', async () => {
    const cheap = await new Argon2PasswordHasher({ cost: lowestCost }).hash(PASSWORD);
    await database[Symbol.asyncDispose]();
    database = await migratedDatabase();
    example = await buildExampleAuth(database.db, new Argon2PasswordHasher({ cost: fullCost }));
    const { id } = await example.store.users.create({ email: 'old@example.com', role: 'user', passwordHash: cheap });

    await example.login('old@example.com');

    expect((await example.store.users.getById(id))?.passwordHash).toContain('$m=65536,t=3,p=1$');
    expect((await example.login('old@example.com')).user.userId).toBe(id);
  });
});

describe('a password that is being checked', () => {
  test('opens nothing when the user is disabled in the meantime', async () => {
    const admin = await example.add('root@example.com', 'admin');
    const { userId } = await example.add('kim@example.com');

    const login = example.login('kim@example.com');
    await example.users.update(admin, userId, undefined, { disabled: true });

    await expect(login).rejects.toMatchObject({ code: 'UNAUTHENTICATED' });
    expect(await database.db.selectFrom('sign_ins').selectAll().execute()).toEqual([]);
  });
});

function median(values: number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0;
}
