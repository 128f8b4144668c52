import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { migratedDatabase, type TemporaryDatabase } from '../../../infrastructure/db/temporary-database.ts';
import type { Database } from '../../sql/schema.ts';
import { buildExampleHub, type ExampleHub } from '../example-hub.ts';

let database: TemporaryDatabase<Database>;
let hub: ExampleHub;

beforeEach(async () => {
  database = await migratedDatabase();
  hub = buildExampleHub(database.db);
});

afterEach(async () => {
  await hub.app.close();
  await database[Symbol.asyncDispose]();
});

describe('agents over REST', () => {
  test('an agent shows what it said of itself', async () => {
    const user = await hub.signIn('user');
    const id = await hub.connect('web-01', { path: '/srv', access: 'ro' });
    await hub.share(user, id);

    const answer = await user.get(`/agents/${id}`);

    expect(answer.json()).toEqual({
      id,
      name: 'web-01',
      description: '',
      labels: [],
      status: 'online',
      transport: 'websocket',
      info: {
        version: '0.1.0',
        host: 'web-01',
        os: 'linux',
        arch: 'x64',
        roots: [{ path: '/srv', access: 'ro' }],
      },
      address: '10.1.2.3',
      createdAt: expect.stringMatching(/^\d{4}-.*Z$/),
      lastSeenAt: expect.stringMatching(/^\d{4}-.*Z$/),
    });
    expect((await user.get('/agents')).json()).toEqual({ items: [answer.json()] });
  });

  test('a listing goes on where its cursor says', async () => {
    const user = await hub.signIn('admin');
    for (const name of ['a', 'b', 'c']) await hub.connect(name);

    const first = (await user.get('/agents?limit=2')).json();
    const second = (await user.get(`/agents?limit=2&cursor=${first.nextCursor}`)).json();

    const names = [...first.items, ...second.items].map((each: { name: string }) => each.name);
    expect(names).toEqual(['c', 'b', 'a']);
    expect(second).not.toHaveProperty('nextCursor');
  });

  test('an agent that does not exist is not found', async () => {
    const user = await hub.signIn('user');

    expect((await user.get('/agents/99')).json()).toMatchObject({ status: 404, code: 'NOT_FOUND' });
  });

  test('is made, changed and removed by administrators, and a change is made only to what was seen', async () => {
    const admin = await hub.signIn('admin');

    const made = await admin.post('/agents', { name: 'web-01', labels: ['site:fra'] });
    const { id } = made.json();
    const renamed = await admin.patch(`/agents/${id}`, { name: 'web-02' }, { 'if-match': String(made.headers.etag) });
    const late = await admin.patch(`/agents/${id}`, { name: 'web-03' }, { 'if-match': String(made.headers.etag) });
    const lateRemoval = await admin.delete(`/agents/${id}`, { 'if-match': String(made.headers.etag) });
    const removed = await admin.delete(`/agents/${id}`, { 'if-match': String(renamed.headers.etag) });

    expect(made.json()).toMatchObject({ name: 'web-01', labels: ['site:fra'], status: 'offline' });
    expect(made.headers.etag).toMatch(/^"\d+"$/);
    expect(renamed.json()).toMatchObject({ name: 'web-02', labels: ['site:fra'] });
    expect(renamed.headers.etag).not.toBe(made.headers.etag);
    for (const answer of [late, lateRemoval]) {
      expect(answer.json()).toMatchObject({ status: 412, code: 'CONFLICT', title: 'Precondition Failed' });
    }
    expect(removed.statusCode).toBe(204);
    expect((await admin.get(`/agents/${id}`)).statusCode).toBe(404);
  });

  test.each(['3', 'W/"3"', '"x"', '"1", "2"'])('%s is no version to compare with', async (tag) => {
    const admin = await hub.signIn('admin');
    const { id } = (await admin.post('/agents', { name: 'web-01' })).json();

    expect((await admin.patch(`/agents/${id}`, { name: 'web-02' }, { 'if-match': tag })).statusCode).toBe(400);
    expect((await admin.patch(`/agents/${id}`, { name: 'web-02' }, { 'if-match': '*' })).statusCode).toBe(200);
  });

  test('A29: a directory is listed as the agent says, below its roots only', async () => {
    const user = await hub.signIn('user');
    const id = await hub.connect('web-01', { path: '/srv', access: 'ro' });
    await hub.share(user, id);

    expect((await user.get(`/agents/${id}/files?path=%2Fsrv%2Flogs%2F`)).json()).toEqual({
      path: '/srv/logs',
      entries: [{ name: 'a.log', kind: 'file', sizeBytes: 3 }],
      more: false,
      unlisted: 0,
    });
    expect((await user.get(`/agents/${id}/files?path=%2Fetc`)).json()).toMatchObject({ code: 'PATH_NOT_ALLOWED' });
    expect((await user.get(`/agents/${id}/files`)).statusCode).toBe(400);
    expect((await user.post(`/agents/${id}/test`)).json()).toEqual({ roundTripMs: 3, transport: 'websocket' });
  });

  test('is shared with a user, further or less far, and no longer', async () => {
    const [admin, user] = [await hub.signIn('admin'), await hub.signIn('user')];
    const id = await hub.connect('web-01', { path: '/srv', access: 'rw' });

    await admin.put(`/agents/${id}/grants/${user.userId}`, { access: 'read' });
    const wider = await admin.put(`/agents/${id}/grants/${user.userId}`, { access: 'write' });
    const listed = (await admin.get(`/agents/${id}/grants`)).json();
    const ended = await admin.delete(`/agents/${id}/grants/${user.userId}`);

    expect(wider.json()).toEqual({ user: { id: user.userId, email: expect.any(String) }, access: 'write' });
    expect(listed).toEqual({ items: [wider.json()] });
    expect(ended.statusCode).toBe(204);
    expect((await admin.delete(`/agents/${id}/grants/${user.userId}`)).statusCode).toBe(404);
    expect((await admin.get(`/agents/${id}/grants`)).json()).toEqual({ items: [] });
  });
});
