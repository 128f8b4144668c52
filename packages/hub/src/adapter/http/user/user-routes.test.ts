import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { migratedDatabase, type TemporaryDatabase } from '../../../infrastructure/db/temporary-database.ts';
import type { Database } from '../../sql/schema.ts';
import { buildExampleHub, type Caller, type ExampleHub } from '../example-hub.ts';

let database: TemporaryDatabase<Database>;
let hub: ExampleHub;
let admin: Caller;

beforeEach(async () => {
  database = await migratedDatabase();
  hub = buildExampleHub(database.db);
  admin = await hub.signIn('admin');
});

afterEach(async () => {
  await hub.app.close();
  await database[Symbol.asyncDispose]();
});

const kim = { email: 'Kim@Example.com', role: 'user' };

describe('users over REST', () => {
  test('are invited: the code is shown once, and no answer holds anything of a password', async () => {
    const headers = { 'idempotency-key': 'kim' };
    const made = await admin.post('/users', kim, headers);
    const again = await admin.post('/users', kim, headers);

    const { invitation, ...user } = made.json();
    expect(made.statusCode).toBe(201);
    expect(user).toEqual({
      id: expect.any(Number),
      email: 'kim@example.com',
      role: 'user',
      disabled: false,
      invitedUntil: invitation.until,
      createdAt: expect.stringMatching(/Z$/),
    });
    expect(invitation.code).toEqual(expect.any(String));
    expect(again.json()).toEqual(user);
    expect(again.headers['idempotency-replayed']).toBe('true');
    expect((await admin.get(`/users/${user.id}`)).json()).toEqual(user);
  });

  test('are found by their address and listed in its order', async () => {
    for (const name of ['c', 'a', 'b']) await admin.post('/users', { email: `${name}@example.org`, role: 'user' });

    const emails = async (query: string) =>
      (await admin.get(`/users?${query}`)).json().items.map((each: { email: string }) => each.email);

    expect(await emails('q=EXAMPLE.ORG&sort=email')).toEqual(['a@example.org', 'b@example.org', 'c@example.org']);
    expect(await emails('q=example.org&sort=-email&limit=1')).toEqual(['c@example.org']);
    expect(await emails('role=admin')).toHaveLength(1);
  });

  test('who is disabled is out at once, and comes back when enabled', async () => {
    const user = await hub.signIn('user');

    const disabled = await admin.patch(`/users/${user.userId}`, { disabled: true });
    const refused = await user.get('/agents');
    const enabled = await admin.patch(`/users/${user.userId}`, { disabled: false });

    expect(disabled.json()).toMatchObject({ disabled: true });
    expect(refused.statusCode).toBe(401);
    expect(enabled.json()).toMatchObject({ disabled: false });
  });

  test('two who change the same user do not overwrite each other', async () => {
    const { id } = (await admin.post('/users', kim)).json();
    const etag = String((await admin.get(`/users/${id}`)).headers.etag);

    const first = await admin.patch(`/users/${id}`, { email: 'kim@example.net' }, { 'if-match': etag });
    const second = await admin.patch(`/users/${id}`, { role: 'admin' }, { 'if-match': etag });

    expect(first.statusCode).toBe(200);
    expect(second.json()).toMatchObject({ status: 412, code: 'CONFLICT' });
    expect((await admin.get(`/users/${id}`)).json()).toMatchObject({ email: 'kim@example.net', role: 'user' });
  });

  test('are invited anew when they lost their password, and removed when they go', async () => {
    const { id } = (await admin.post('/users', kim)).json();

    const invitation = await admin.post(`/users/${id}/invitation`);
    const removed = await admin.delete(`/users/${id}`);

    expect(invitation.json()).toEqual({ code: expect.any(String), until: expect.stringMatching(/Z$/) });
    expect(removed.statusCode).toBe(204);
    expect((await admin.get(`/users/${id}`)).statusCode).toBe(404);
  });
});
