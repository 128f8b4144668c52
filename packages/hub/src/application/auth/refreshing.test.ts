import { randomBytes } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { buildExampleAuth, type ExampleAuth, visitor } from '../../adapter/jwt/example-auth.ts';
import type { Database } from '../../adapter/sql/schema.ts';
import { migratedDatabase, type TemporaryDatabase } from '../../infrastructure/db/temporary-database.ts';

const DAY = 24 * 3_600;

let database: TemporaryDatabase<Database>;
let example: ExampleAuth;

beforeEach(async () => {
  database = await migratedDatabase();
  example = await buildExampleAuth(database.db);
  await example.add('kim@example.com');
});

afterEach(() => database[Symbol.asyncDispose]());

const refresh = (refreshToken: string) => example.auth.refresh({ refreshToken, ...visitor });

describe('a refresh token', () => {
  test('is good once, and buys the next one', async () => {
    const first = await example.login('kim@example.com');
    example.later(3_600);

    const second = await refresh(first.refreshToken);

    expect(second.refreshToken).toMatch(/^frr_[0-9a-f]{32}(_[A-Za-z0-9_-]{43}){2}$/);
    expect(second.refreshToken).not.toBe(first.refreshToken);
    expect(second.user).toEqual(first.user);
    expect((await refresh(second.refreshToken)).user).toEqual(first.user);
  });

  test('A14: shown a second time it ends the sign-in for thief and owner alike, and is told of once', async () => {
    const first = await example.login('kim@example.com');
    const second = await refresh(first.refreshToken);

    await expect(refresh(first.refreshToken)).rejects.toMatchObject({ code: 'UNAUTHENTICATED' });

    await expect(refresh(second.refreshToken)).rejects.toMatchObject({ code: 'UNAUTHENTICATED' });
    await expect(refresh(first.refreshToken)).rejects.toMatchObject({ code: 'UNAUTHENTICATED' });
    await expect(example.auth.authenticate(second.accessToken, undefined)).rejects.toMatchObject({
      code: 'UNAUTHENTICATED',
    });
    expect(await example.events('signIn.reused')).toMatchObject([
      { actor: { kind: 'anonymous', name: 'kim@example.com', address: visitor.address }, object: { kind: 'signIn' } },
    ]);
  });

  test('A14: shown fifty times at once it is good for one at most, and the sign-in ends', async () => {
    const { refreshToken } = await example.login('kim@example.com');

    const answers = await Promise.allSettled(Array.from({ length: 50 }, () => refresh(refreshToken)));

    const won = answers.filter((answer) => answer.status === 'fulfilled');
    expect(won).toHaveLength(1);
    await expect(refresh(won[0]?.value.refreshToken ?? '')).rejects.toMatchObject({ code: 'UNAUTHENTICATED' });
    expect(await example.events('signIn.reused')).toHaveLength(1);
  });

  test('A14: is known for an old one however many came after it', async () => {
    const first = await example.login('kim@example.com');
    let last = first;
    for (let times = 0; times < 3; times += 1) last = await refresh(last.refreshToken);

    await expect(refresh(first.refreshToken)).rejects.toMatchObject({ code: 'UNAUTHENTICATED' });

    await expect(refresh(last.refreshToken)).rejects.toMatchObject({ code: 'UNAUTHENTICATED' });
    expect(await example.events('signIn.reused')).toHaveLength(1);
  });

  test('A14, A16: made up by somebody who knows the name of the sign-in, it ends nothing', async () => {
    const { refreshToken } = await example.login('kim@example.com');
    const [event] = await example.events('signIn.succeeded');
    const { refreshToken: ofAnother } = await example.login('kim@example.com');
    const [name, secret] = [event?.object?.id, randomBytes(32).toString('base64url')];

    const forged = [
      `frr_${name}_${secret}_${secret}`,
      `frr_${name}_${secret}`,
      ofAnother.replace(/^frr_[0-9a-f]{32}/, `frr_${name}`),
    ];
    for (const each of forged) await expect(refresh(each)).rejects.toMatchObject({ code: 'UNAUTHENTICATED' });

    expect(await example.events('signIn.reused')).toEqual([]);
    expect((await refresh(refreshToken)).user.email).toBe('kim@example.com');
  });

  test('A14: another sign-in of the same user lives on', async () => {
    const stolen = await example.login('kim@example.com');
    const other = await example.login('kim@example.com');
    await refresh(stolen.refreshToken);
    await refresh(stolen.refreshToken).catch(() => undefined);

    expect((await refresh(other.refreshToken)).user.email).toBe('kim@example.com');
  });

  test('A13: dies after thirty days without use', async () => {
    const { refreshToken } = await example.login('kim@example.com');

    example.later(30 * DAY);

    await expect(refresh(refreshToken)).rejects.toMatchObject({ code: 'UNAUTHENTICATED' });
    expect(await example.events('signIn.reused')).toEqual([]);
  });

  test('A13: and after ninety days however much it is used', async () => {
    let login = await example.login('kim@example.com');
    for (let week = 0; week < 12; week += 1) {
      example.later(7 * DAY);
      login = await refresh(login.refreshToken);
    }
    expect(login.refreshExpiresAt).toEqual(new Date('2026-08-02T12:00:00.000Z'));

    example.later(6 * DAY);

    await expect(refresh(login.refreshToken)).rejects.toMatchObject({ code: 'UNAUTHENTICATED' });
  });
});
