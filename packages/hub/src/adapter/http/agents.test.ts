import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type TemporarySqlite, temporarySqlite } from '../../infrastructure/db/temporary-sqlite.ts';
import type { Database } from '../sql/schema.ts';
import { buildExampleHub, type ExampleHub } from './example-hub.ts';

let sqlite: TemporarySqlite<Database>;
let hub: ExampleHub;

beforeEach(async () => {
  sqlite = await temporarySqlite();
  hub = await buildExampleHub(sqlite.db);
});

afterEach(async () => {
  await hub.app.close();
  await sqlite[Symbol.asyncDispose]();
});

describe('agents over REST', () => {
  test('an agent shows what it said of itself', async () => {
    const user = await hub.signIn('user');
    const id = await hub.connect('web-01', { path: '/srv', access: 'ro' });

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
    const user = await hub.signIn('user');
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
});
