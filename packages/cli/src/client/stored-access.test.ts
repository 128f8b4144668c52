import { mkdtempSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { credentialsFile, readCredentials, storeSignIn } from './credentials.ts';
import { exampleRun } from './example-resources.ts';
import { fakeHub } from './fake-hub.ts';
import { HubClient } from './hub-client.ts';
import { HubConnection } from './hub-connection.ts';
import { StoredAccess } from './stored-access.ts';

let env: { readonly HOME: string };
beforeEach(() => {
  env = { HOME: mkdtempSync(join(tmpdir(), 'ferry-home-')) };
});
afterEach(() => rmSync(env.HOME, { recursive: true }));

const user = { id: 1, email: 'kim@example.test', role: 'user' };
const next = { body: { accessToken: 'new', expiresAt: '2099-01-01T00:00:00Z', refreshToken: 'second', user } };

async function signedIn(hub: string, expiresAt: string): Promise<HubClient> {
  const signIn = {
    email: user.email,
    accessToken: 'old',
    expiresAt,
    refreshToken: 'first',
    trust: { caFile: '/ca.pem' },
  };
  await storeSignIn(env, hub, signIn);
  const connection = new HubConnection(hub);
  return new HubClient(connection, new StoredAccess(env, connection, signIn));
}

describe('a stored sign-in', () => {
  test('gets its next token before the old one ends, and stores it', async () => {
    await using hub = await fakeHub({ 'POST auth/refresh': next, 'GET runs/7': { body: exampleRun() } });
    const client = await signedIn(hub.url, '2020-01-01T00:00:00Z');

    await client.run(7);

    expect(hub.asked).toMatchObject([
      { path: 'auth/refresh', body: { refreshToken: 'first' } },
      { path: 'runs/7', authorization: 'Bearer new' },
    ]);
    expect((await readCredentials(env))?.hubs[hub.url]).toMatchObject({
      accessToken: 'new',
      refreshToken: 'second',
      trust: { caFile: '/ca.pem' },
    });
  });

  test('shows a refresh token once, however many ask at once', async () => {
    await using hub = await fakeHub({ 'POST auth/refresh': next, 'GET runs/7': { body: exampleRun() } });
    const clients = [await signedIn(hub.url, '2020-01-01T00:00:00Z'), await signedIn(hub.url, '2020-01-01T00:00:00Z')];

    await Promise.all(clients.map((client) => client.run(7)));

    expect(hub.asked.filter(({ path }) => path === 'auth/refresh')).toHaveLength(1);
    expect(hub.asked.filter(({ authorization }) => authorization === 'Bearer new')).toHaveLength(2);
  });

  test('takes over from a ferry that was killed in the middle of a refresh', async () => {
    await using hub = await fakeHub({ 'POST auth/refresh': next, 'GET runs/7': { body: exampleRun() } });
    const client = await signedIn(hub.url, '2020-01-01T00:00:00Z');
    const lock = `${credentialsFile(env)}.lock`;
    writeFileSync(lock, '');
    utimesSync(lock, 0, 0);

    await expect(client.run(7)).resolves.toMatchObject({ id: 7 });
  });

  test('that is over says how to sign in again', async () => {
    const over = { status: 401, body: { code: 'UNAUTHENTICATED', detail: 'over' } };
    await using hub = await fakeHub({ 'POST auth/refresh': over, 'GET runs/7': over });
    const client = await signedIn(hub.url, '2099-01-01T00:00:00Z');

    await expect(client.run(7)).rejects.toMatchObject({
      code: 'UNAUTHENTICATED',
      message: expect.stringContaining(`Sign in again: ferry login ${hub.url}`),
    });
  });
});
