import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { migratedDatabase, type TemporaryDatabase } from '../../../infrastructure/db/temporary-database.ts';
import type { Database } from '../../sql/schema.ts';
import { buildExampleHub, type Caller, type ExampleHub } from '../example-hub.ts';

let database: TemporaryDatabase<Database>;
let hub: ExampleHub;
let user: Caller;
let webId: number;
let vaultId: number;

beforeEach(async () => {
  database = await migratedDatabase();
  hub = buildExampleHub(database.db);
  webId = await hub.connect('web-01', { path: '/srv', access: 'ro' }, { path: '/var/tmp', access: 'rw' });
  vaultId = await hub.connect('vault', { path: '/in', access: 'rw' });
  user = await hub.signIn('user');
  await hub.share(user, webId, vaultId);
});

afterEach(async () => {
  await hub.app.close();
  await database[Symbol.asyncDispose]();
});

const copy = { source: { agent: 'web-01', path: '/srv//logs/.' }, destination: { agent: 'vault', path: '/in/web/' } };

describe('runs over REST', () => {
  test('A51: a user has at most a thousand runs that have not ended, whoever else has some', async () => {
    const other = await hub.signIn('user');
    await hub.share(other, webId, vaultId);
    const first = (await user.post('/runs', copy)).json();
    const { userId, trigger, type, selection, source, destination, intoDestination, options } = await hub.store.runs
      .getById(first.id)
      .then((run) => run ?? expect.fail('there is no such run'));
    await hub.store.transaction(async ({ runs }) => {
      const alike = { userId, trigger, type, selection, source, destination, intoDestination, options };
      for (let made = 1; made < 1_000; made += 1) await runs.create(alike);
    });

    const refused = await user.post('/runs', copy);
    expect(refused.statusCode).toBe(429);
    expect(refused.json()).toMatchObject({ code: 'RATE_LIMITED', detail: expect.stringContaining('cancel') });
    expect((await other.post('/runs', copy)).statusCode).toBe(201);
    await user.post(`/runs/${first.id}/cancel`);
    expect((await user.post('/runs', copy)).statusCode).toBe(201);
  });

  test('A51: no listing gives more than a thousand items at once', async () => {
    expect((await user.get('/runs?limit=1000')).statusCode).toBe(200);
    expect((await user.get('/runs?limit=1001')).statusCode).toBe(400);
  });

  test('a copy is accepted, recorded and handed on', async () => {
    const answer = await user.post('/runs', { ...copy, options: { compression: 'zstd' } });

    expect(answer.statusCode).toBe(201);
    const run = answer.json();
    expect(run).toEqual({
      id: expect.any(Number),
      state: 'planning',
      trigger: 'api',
      type: 'push',
      include: [],
      exclude: [],
      source: { agent: { id: expect.any(Number), name: 'web-01' }, path: '/srv/logs' },
      destination: { agent: { id: expect.any(Number), name: 'vault' }, path: '/in/web/' },
      options: { compression: 'zstd', existing: 'replace', maxRetries: 5 },
      counters: {
        filesPlanned: 0,
        filesMoved: 0,
        filesSkipped: 0,
        filesFailed: 0,
        bytesPlanned: 0,
        bytesMoved: 0,
        wireBytes: 0,
        directoriesPlanned: 0,
        linksPlanned: 0,
      },
      createdAt: expect.any(String),
    });
    expect(hub.told).toEqual([`run ${run.id} appeared, planning`]);
    expect((await user.get(`/runs/${run.id}`)).json()).toEqual(run);
    expect((await user.get('/runs')).json()).toEqual({ items: [run] });
    expect((await user.get('/runs?status=failed')).json()).toEqual({ items: [] });
  });

  test('an unknown agent is answered with the nearest names', async () => {
    const answer = await user.post('/runs', { ...copy, source: { agent: 'web-1', path: '/srv' } });

    expect(answer.json()).toMatchObject({
      status: 404,
      code: 'NOT_FOUND',
      detail: 'There is no agent "web-1". Did you mean web-01, vault?',
    });
    expect(hub.told).toEqual([]);
  });

  test('a path outside of the roots is answered with the roots', async () => {
    const answer = await user.post('/runs', { ...copy, source: { agent: 'web-01', path: '/etc/passwd' } });

    expect(answer.json()).toMatchObject({
      status: 403,
      code: 'PATH_NOT_ALLOWED',
      detail: expect.stringContaining('Its allowed roots are: /srv (read-only), /var/tmp.'),
    });
  });

  test('nothing is written to a read-only root', async () => {
    const answer = await user.post('/runs', {
      source: { agent: 'vault', path: '/in/x' },
      destination: { agent: 'web-01', path: '/srv/x' },
    });

    expect(answer.json()).toMatchObject({
      status: 403,
      code: 'PATH_NOT_ALLOWED',
      detail: expect.stringContaining('web-01 opens /srv for reading only'),
    });
  });

  test('an agent that never connected has to be started first', async () => {
    const { id } = await hub.store.agents.create({ name: 'new-01', description: '', labels: [] });
    await hub.share(user, id);

    const answer = await user.post('/runs', { ...copy, source: { agent: 'new-01', path: '/srv' } });

    expect(answer.json()).toMatchObject({ status: 503, code: 'AGENT_OFFLINE' });
  });

  test('one agent may be both ends, unless one end lies in the other', async () => {
    const source = { agent: 'web-01', path: '/var/tmp/a' };
    const apart = await user.post('/runs', { source, destination: { agent: 'web-01', path: '/var/tmp/b' } });
    const inside = await user.post('/runs', { source, destination: { agent: 'web-01', path: '/var/tmp/a/b' } });
    const itself = await user.post('/runs', { source, destination: { agent: 'web-01', path: '/var/tmp/' } });

    expect([apart, inside, itself].map((each) => each.statusCode)).toEqual([201, 400, 400]);
  });

  test('a run that is cancelled stays so, and cannot be cancelled again', async () => {
    const { id } = (await user.post('/runs', copy)).json();

    const first = await user.post(`/runs/${id}/cancel`);
    const second = await user.post(`/runs/${id}/cancel`);

    expect(first.json()).toMatchObject({
      state: 'cancelled',
      error: { code: 'CANCELLED', message: expect.stringMatching(/^Cancelled by user.*@example\.com\.$/) },
      endedAt: expect.any(String),
    });
    expect(second.json()).toMatchObject({
      status: 409,
      code: 'CONFLICT',
      detail: `Run ${id} is cancelled and cannot become cancelled.`,
    });
    expect(hub.told).toEqual([`run ${id} appeared, planning`, `run ${id} cancelled`]);
  });

  test('issues are listed in the order in which they came up', async () => {
    const { id, counters } = (await user.post('/runs', copy)).json();
    const skipped = { path: 'logs/socket', message: 'a socket' };
    const failed = { path: 'logs/secret', code: 'SOURCE_UNREADABLE', message: 'permission denied' } as const;
    const progress = { id, state: 'running', counters } as const;
    await hub.store.runs.storePlanPage({
      runId: id,
      transfers: [],
      treeEntries: [],
      issues: [skipped, failed],
      progress,
    });

    expect((await user.get(`/runs/${id}/issues`)).json()).toEqual({ items: [skipped, failed] });
  });

  test('a run of somebody else does not exist, but for an administrator', async () => {
    const { id } = (await user.post('/runs', copy)).json();
    const other = await hub.signIn('user');
    const admin = await hub.signIn('admin');

    const theirs = await Promise.all([
      other.get(`/runs/${id}`),
      other.get(`/runs/${id}/issues`),
      other.post(`/runs/${id}/cancel`),
    ]);

    expect(theirs.map((each) => each.statusCode)).toEqual([404, 404, 404]);
    expect((await other.get('/runs')).json()).toEqual({ items: [] });
    expect((await admin.get(`/runs/${id}`)).statusCode).toBe(200);
    expect((await admin.get('/runs')).json().items).toHaveLength(1);
  });

  test('what is asked twice under one key is done once, and the second answer says so', async () => {
    const headers = { 'idempotency-key': 'copy-1' };
    const first = await user.post('/runs', copy, headers);
    const reordered = { destination: copy.destination, source: { path: copy.source.path, agent: 'web-01' } };
    const again = await user.post('/runs', reordered, headers);
    const other = await user.post('/runs', { ...copy, type: 'pull' }, headers);

    expect(first.statusCode).toBe(201);
    expect(first.headers).not.toHaveProperty('idempotency-replayed');
    expect(again.statusCode).toBe(201);
    expect(again.headers['idempotency-replayed']).toBe('true');
    expect(again.json()).toEqual(first.json());
    expect(other.json()).toMatchObject({ status: 409, code: 'CONFLICT' });
    expect(hub.told).toEqual([`run ${first.json().id} appeared, planning`]);
    expect((await user.get('/runs')).json().items).toHaveLength(1);
  });

  test('what was asked before is answered as before, whatever has changed since', async () => {
    const headers = { 'idempotency-key': 'copy-1' };
    const first = await user.post('/runs', copy, headers);
    await hub.store.grants.delete(webId, user.userId);

    const again = await user.post('/runs', copy, headers);

    expect(again.statusCode).toBe(201);
    expect(again.json().id).toBe(first.json().id);
    expect((await user.post('/runs', copy, { 'idempotency-key': 'copy-2' })).statusCode).toBe(404);
  });

  test('a run is tried again once for one key', async () => {
    const { id } = (await user.post('/runs', copy)).json();
    const fail = async (): Promise<void> => {
      const run = await hub.store.runs.getById(id);
      if (run === undefined) throw new Error('There is no run.');
      const ended = { id, state: 'failed', counters: run.counters, endedAt: new Date() } as const;
      await hub.store.runs.record({ transfers: [], runs: [ended], issues: [] });
    };
    const headers = { 'idempotency-key': 'again-1' };
    await fail();
    const first = await user.post(`/runs/${id}/retry`, {}, headers);
    await fail();
    const repeated = await user.post(`/runs/${id}/retry`, {}, headers);

    expect(first).toMatchObject({ statusCode: 200 });
    expect(first.json().state).toBe('planning');
    expect(repeated.headers['idempotency-replayed']).toBe('true');
    expect(repeated.json().state).toBe('failed');
  });

  test('the key of one user says nothing to another', async () => {
    const other = await hub.signIn('user');
    await hub.share(other, webId, vaultId);
    const headers = { 'idempotency-key': 'copy-1' };

    const [mine, theirs] = [await user.post('/runs', copy, headers), await other.post('/runs', copy, headers)];

    expect(theirs.headers).not.toHaveProperty('idempotency-replayed');
    expect(theirs.json().id).not.toBe(mine.json().id);
  });

  test.each(['', ' ', 'a b', 'ä', 'x'.repeat(129)])('%j is no Idempotency-Key', async (key) => {
    expect((await user.post('/runs', copy, { 'idempotency-key': key })).statusCode).toBe(400);
  });

  test('patterns come back as they were given, and a list can be searched and sorted', async () => {
    const first = (await user.post('/runs', { ...copy, include: ['**/*.log'], exclude: ['tmp/**'] })).json();
    const second = (await user.post('/runs', { ...copy, source: { agent: 'web-01', path: '/srv/other' } })).json();

    expect(first).toMatchObject({ include: ['**/*.log'], exclude: ['tmp/**'] });
    const ids = async (query: string) =>
      (await user.get(`/runs?${query}`)).json().items.map((each: { id: number }) => each.id);
    expect(await ids('sort=id')).toEqual([first.id, second.id]);
    expect(await ids('sort=-id')).toEqual([second.id, first.id]);
    expect(await ids('q=OTHER')).toEqual([second.id]);
    expect(await ids(`agent=${webId}&trigger=api&status=planning&from=2000-01-01T00:00:00Z`)).toHaveLength(2);
    expect(await ids('until=2000-01-01T00:00:00Z')).toEqual([]);
    expect((await user.get('/runs?sort=state')).statusCode).toBe(400);
  });
});
