import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { migratedDatabase, type TemporaryDatabase } from '../../infrastructure/db/temporary-database.ts';
import { exampleNow } from './example-run.ts';
import type { Database } from './schema.ts';
import { SqlAgentRepository } from './sql-agent-repository.ts';

let database: TemporaryDatabase<Database>;
let agents: SqlAgentRepository;

beforeEach(async () => {
  database = await migratedDatabase();
  agents = new SqlAgentRepository(database.db, exampleNow);
});

afterEach(() => database[Symbol.asyncDispose]());

const info = {
  version: '0.1.0',
  host: 'web-01.example',
  os: 'linux',
  arch: 'x64',
  roots: [
    { path: '/srv', access: 'ro' },
    { path: '/in', access: 'rw' },
  ],
} as const;

describe('agents in SQL', () => {
  test('an agent begins offline, and nothing is known of it', async () => {
    const agent = await agents.create({ name: 'web-01', description: 'the shop', labels: [] });

    expect(agent).toEqual({
      id: expect.any(Number),
      name: 'web-01',
      description: 'the shop',
      labels: [],
      status: 'offline',
      createdAt: exampleNow(),
      version: 1,
    });
    expect(await agents.getByName('web-01')).toEqual(agent);
    expect(await agents.getById(agent.id)).toEqual(agent);
  });

  test('a name is given once', async () => {
    await agents.create({ name: 'web-01', description: '', labels: [] });

    await expect(agents.create({ name: 'web-01', description: '', labels: [] })).rejects.toMatchObject({
      code: 'CONFLICT',
    });
  });

  test('what an agent says of itself is kept when it leaves', async () => {
    const agent = await agents.create({ name: 'web-01', description: '', labels: [] });
    const at = new Date('2026-05-04T12:30:00.000Z');
    const left = new Date('2026-05-04T12:45:00.000Z');

    await agents.updateInfo(agent.id, { info, transport: 'websocket', address: '10.1.2.3', at });
    expect(await agents.getById(agent.id)).toEqual({
      ...agent,
      status: 'online',
      transport: 'websocket',
      info,
      address: '10.1.2.3',
      lastSeenAt: at,
    });

    await agents.updateStatus(agent.id, 'offline', left);
    expect(await agents.getById(agent.id)).toMatchObject({ status: 'offline', info, lastSeenAt: left });
  });

  test('an agent that polls says when, and by what it is connected since', async () => {
    const [one, other] = [
      await agents.create({ name: 'one', description: '', labels: [] }),
      await agents.create({ name: 'other', description: '', labels: [] }),
    ];
    const at = new Date('2026-05-04T12:30:00.000Z');
    const later = new Date('2026-05-04T12:31:00.000Z');
    for (const { id } of [one, other]) await agents.updateInfo(id, { info, transport: 'polling', address: '', at });
    expect(await agents.getById(one.id)).toMatchObject({ transport: 'polling', lastPollAt: at });

    const latest = new Date('2026-05-04T12:32:00.000Z');
    await agents.updateLastPoll(new Map([[one.id, later], [other.id, latest], [999_999, at]])); // biome-ignore format: a list reads best in one line
    await agents.updateTransportMode(one.id, 'websocket');

    expect(await agents.getById(one.id)).toMatchObject({ transport: 'websocket', lastPollAt: later, lastSeenAt: at });
    expect(await agents.getById(other.id)).toMatchObject({ transport: 'polling', lastPollAt: latest });
    await agents.updateLastPoll(new Map());
  });

  test('a hub that starts has nobody online', async () => {
    const agent = await agents.create({ name: 'web-01', description: '', labels: [] });
    await agents.updateInfo(agent.id, { info, transport: 'websocket', address: '10.1.2.3', at: exampleNow() });

    await agents.markAllOffline();

    expect(await agents.getById(agent.id)).toMatchObject({ status: 'offline', lastSeenAt: exampleNow() });
  });

  test('agents are listed newest first, page by page, and found by their ids', async () => {
    const made = [];
    for (const name of ['a', 'b', 'c']) made.push(await agents.create({ name, description: '', labels: [] }));

    const first = await agents.list(undefined, {}, { limit: 2 });
    const second = await agents.list(undefined, {}, { limit: 2, cursor: first.nextCursor ?? '' });

    expect([...first.items, ...second.items].map((each) => each.name)).toEqual(['c', 'b', 'a']);
    expect(second.nextCursor).toBeUndefined();
    expect(await agents.getByIds([made[1]?.id ?? 0, 999])).toEqual([made[1]]);
    expect(await agents.getByIds([])).toEqual([]);
    expect(await agents.listNames(undefined)).toEqual(['a', 'b', 'c']);
  });
});
