import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type ExampleControlPlane, exampleControlPlane } from '../../adapter/sql/example-control-plane.ts';
import type { Database } from '../../adapter/sql/schema.ts';
import { migratedDatabase, type TemporaryDatabase } from '../../infrastructure/db/temporary-database.ts';
import type { Principal } from '../auth/principal.ts';
import { GrantService } from './grant-service.ts';

let database: TemporaryDatabase<Database>;
let plane: ExampleControlPlane;
let grants: GrantService;
let admin: Principal;
let user: Principal;
let web: number;

beforeEach(async () => {
  database = await migratedDatabase();
  plane = exampleControlPlane(database.db);
  grants = new GrantService(plane);
  admin = await plane.principal('admin');
  user = await plane.principal('user');
  web = await plane.connect('web-01', { path: '/srv', access: 'ro' });
});

afterEach(() => database[Symbol.asyncDispose]());

describe('agents', () => {
  test('a user sees the agents that are shared with them, and no others', async () => {
    const vault = await plane.connect('vault', { path: '/in', access: 'rw' });
    await grants.put(admin, vault, user.userId, 'read');

    expect((await plane.agents.list(user, {}, { limit: 10 })).items.map((each) => each.name)).toEqual(['vault']);
    expect((await plane.agents.list(admin, {}, { limit: 10 })).items).toHaveLength(2);
    await expect(plane.agents.get(user, web)).rejects.toMatchObject({
      code: 'NOT_FOUND',
      message: `There is no agent ${web}.`,
    });
    await expect(plane.agents.get(user, 999)).rejects.toMatchObject({ message: 'There is no agent 999.' });
  });

  test('an agent that is not shared is unknown by its name as well, and not suggested', async () => {
    for (const name of ['web-02', 'web-01']) {
      await expect(plane.agents.getByName(user, name, 'run')).rejects.toMatchObject({
        message: `There is no agent "${name}", nor any other yet. Make one with ferry tokens create ${name}.`,
      });
    }
    await expect(plane.agents.getByName(admin, 'web-1', 'run')).rejects.toMatchObject({
      message: 'There is no agent "web-1". Did you mean web-01?',
    });
  });

  test('an agent shared for reading is not copied to', async () => {
    await grants.put(admin, web, user.userId, 'read');

    expect(await plane.agents.getByName(user, 'web-01', 'run')).toMatchObject({ id: web });
    await expect(plane.agents.getByName(user, 'web-01', 'fill')).rejects.toMatchObject({
      code: 'FORBIDDEN',
      message: 'You may not copy to agent web-01. Ask an administrator.',
    });
    await grants.put(admin, web, user.userId, 'write');
    expect(await plane.agents.getByName(user, 'web-01', 'fill')).toMatchObject({ id: web });
  });

  test('what is changed by two people at once is changed by the first one', async () => {
    const { version } = await plane.agents.get(admin, web);
    await plane.agents.update(admin, web, version, { description: 'the shop', labels: ['prod', 'prod'] });

    await expect(plane.agents.update(admin, web, version, { description: 'mine' })).rejects.toMatchObject({
      code: 'CONFLICT',
      details: { reason: 'staleVersion' },
    });
    expect(await plane.agents.get(admin, web)).toMatchObject({ description: 'the shop', labels: ['prod'] });
  });

  test.each([
    [{ name: 'web 01' }, /cannot name an agent/],
    [{ labels: ['a b'] }, /"a b" cannot be a label/],
    [{ labels: Array.from({ length: 33 }, (_, at) => `l${at}`) }, /at most 32 labels/],
    [{ description: 'x'.repeat(1_001) }, /at most 1000 characters/],
  ])('an agent cannot be changed to %j', async (changes, sentence) => {
    await expect(plane.agents.update(admin, web, undefined, changes)).rejects.toMatchObject({
      code: 'VALIDATION',
      message: expect.stringMatching(sentence),
    });
  });

  test('an agent that runs name stays; another one goes, and its session with it', async () => {
    const vault = await plane.connect('vault', { path: '/in', access: 'rw' });
    const spare = await plane.connect('spare', { path: '/in', access: 'rw' });
    const ends = { source: { agent: 'web-01', path: '/srv/a' }, destination: { agent: 'vault', path: '/in/' } };
    await plane.runs.create(admin, { trigger: 'api', ...ends });

    await expect(plane.agents.delete(admin, vault)).rejects.toMatchObject({ code: 'CONFLICT' });
    await plane.agents.delete(admin, spare);

    expect(plane.told).toContain(`agent ${spare} removed`);
    await expect(plane.agents.get(admin, spare)).rejects.toMatchObject({ code: 'NOT_FOUND' });
  });

  test('a shared agent can be looked into and tested, but not changed or shared on', async () => {
    await grants.put(admin, web, user.userId, 'read');

    expect(await plane.agents.browse(user, web, { path: '/srv/logs/', limit: 10 })).toMatchObject({
      path: '/srv/logs',
      entries: [{ name: 'a.log' }],
    });
    await expect(plane.agents.browse(user, web, { path: '/etc', limit: 10 })).rejects.toMatchObject({
      code: 'PATH_NOT_ALLOWED',
    });
    expect(await plane.agents.test(user, web)).toEqual({ roundTripMs: 3, transport: 'websocket' });
    await expect(plane.agents.update(user, web, undefined, { name: 'mine' })).rejects.toMatchObject({
      code: 'FORBIDDEN',
    });
    await expect(grants.put(user, web, user.userId, 'write')).rejects.toMatchObject({ code: 'FORBIDDEN' });
  });

  test('a grant that is taken back is gone at once', async () => {
    await grants.put(admin, web, user.userId, 'read');
    expect(await grants.list(admin, web)).toMatchObject([{ user: { id: user.userId }, access: 'read' }]);

    await grants.delete(admin, web, user.userId);

    await expect(plane.agents.get(user, web)).rejects.toMatchObject({ code: 'NOT_FOUND' });
    await expect(grants.delete(admin, web, user.userId)).rejects.toMatchObject({ code: 'NOT_FOUND' });
  });
});

describe('A23: sharing an agent no longer', () => {
  let vault: number;

  beforeEach(async () => {
    vault = await plane.connect('vault', { path: '/in', access: 'rw' });
    await grants.put(admin, web, user.userId, 'read');
    await grants.put(admin, vault, user.userId, 'write');
  });

  async function startRun(): Promise<number> {
    const ends = { source: { agent: 'web-01', path: '/srv/a' }, destination: { agent: 'vault', path: '/in/' } };
    return (await plane.runs.create(user, { trigger: 'api', ...ends })).made.id;
  }

  test('cancels the runs that wait for it, and says why', async () => {
    const waiting = await startRun();
    plane.told.length = 0;

    await grants.delete(admin, web, user.userId);

    expect(await plane.store.runs.getById(waiting)).toMatchObject({
      state: 'cancelled',
      errorMessage: `Agent web-01 is no longer shared with ${user.email} for this.`,
    });
    expect(plane.told).toEqual([`run ${waiting} cancelled`]);
  });

  test('lets what is under way go on', async () => {
    const id = await startRun();
    const run = await plane.store.runs.getById(id);
    if (run === undefined) throw new Error('There is no run.');
    const { counters } = run;
    await plane.store.runs.record({
      transfers: [],
      runs: [{ id, state: 'planning', counters, startedAt: plane.now() }],
      issues: [],
    });

    await grants.delete(admin, web, user.userId);

    expect((await plane.store.runs.getById(id))?.state).toBe('planning');
  });

  test('for writing cancels the runs that wait to copy to it, and none that would only read', async () => {
    const filling = await startRun();
    await grants.put(admin, web, user.userId, 'write');
    expect((await plane.store.runs.getById(filling))?.state).toBe('planning');

    await grants.put(admin, web, user.userId, 'read');
    expect((await plane.store.runs.getById(filling))?.state).toBe('planning');
    await grants.put(admin, vault, user.userId, 'read');

    expect((await plane.store.runs.getById(filling))?.state).toBe('cancelled');
  });
});
