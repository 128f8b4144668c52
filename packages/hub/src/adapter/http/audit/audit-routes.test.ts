import { text } from 'node:stream/consumers';
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
  for (const name of ['web-01', 'web-02', 'vault']) await admin.post('/agents', { name });
});

afterEach(async () => {
  await hub.app.close();
  await database[Symbol.asyncDispose]();
});

describe('the audit over REST', () => {
  test('shows who did what, newest first, page by page', async () => {
    const first = (await admin.get('/audit?action=agent.created&limit=2')).json();
    const second = (await admin.get(`/audit?action=agent.created&limit=2&cursor=${first.nextCursor}`)).json();

    const names = [...first.items, ...second.items].map((each) => each.object.name);
    expect(names).toEqual(['vault', 'web-02', 'web-01']);
    expect(first.items[0]).toEqual({
      sequence: expect.any(Number),
      at: expect.stringMatching(/Z$/),
      actor: { kind: 'user', id: admin.userId, name: expect.stringMatching(/@example\.com$/), address: '127.0.0.1' },
      action: 'agent.created',
      object: { kind: 'agent', id: expect.any(String), name: 'vault' },
      details: expect.any(Object),
      hash: expect.stringMatching(/^[0-9a-f]{64}$/),
      previousHash: first.items[1].hash,
    });
  });

  test('checks its chain, and says where it is broken', async () => {
    const { items } = (await admin.get('/audit')).json();
    const sound = (await admin.get('/audit/verify')).json();
    await database.db.updateTable('audit_events').set({ action: 'agent.loved' }).where('sequence', '=', 2).execute();
    const broken = (await admin.get('/audit/verify')).json();

    expect(sound).toEqual({ ok: true, length: items.length, hash: items[0].hash });
    expect(broken).toMatchObject({ ok: false, brokenAt: 2, reason: expect.any(String) });
  });

  test('is exported whole, oldest first, one event a line, as a file', async () => {
    const answer = await admin.get('/audit/export');
    const lines = answer.body.trimEnd().split('\n');

    expect(answer.headers).toMatchObject({
      'content-type': 'application/x-ndjson',
      'content-disposition': 'attachment; filename="audit.ndjson"',
    });
    expect(lines.map((line) => JSON.parse(line).sequence)).toEqual(lines.map((_line, at) => at + 1));
    expect(lines.length).toBeGreaterThanOrEqual(3);
  });

  test('A15: an export ends, and not as if it were whole, when the credential that asked for it does', async () => {
    await hub.store.transaction(async ({ audit }) => {
      const event = {
        at: new Date(),
        actor: { kind: 'hub', name: 'test' },
        action: 'test.passed',
        details: {},
      } as const;
      for (let count = 0; count < 1_001; count += 1) await audit.append(event);
    });
    const headers = { authorization: `Bearer ${admin.credential}` };
    const answer = await hub.app.inject({ url: '/api/v1/audit/export', headers, payloadAsStream: true });
    // Little of it was read until now: nobody takes it.
    const { items } = (await admin.get('/auth/sign-ins')).json();
    await admin.delete(`/auth/sign-ins/${items[0].id}`);

    const read = text(answer.stream());

    await expect(read).rejects.toThrow();
  });

  test('is refused to others before the first line', async () => {
    const user = await hub.signIn('user');

    const answer = await user.get('/audit/export');

    expect(answer.statusCode).toBe(403);
    expect(answer.headers['content-type']).toBe('application/problem+json');
    expect(answer.headers).not.toHaveProperty('content-disposition');
  });
});
