import { once } from 'node:events';
import { type AddressInfo, connect } from 'node:net';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { MAX_STREAMS_PER_USER } from '../../../application/events/event-feed.ts';
import { HEARTBEAT_MS, STALLED_MS } from '../../../application/events/subscription.ts';
import { MAX_TRANSFERS_A_ROUND } from '../../../application/events/waiting-changes.ts';
import { migratedDatabase, type TemporaryDatabase } from '../../../infrastructure/db/temporary-database.ts';
import { exampleTransfer } from '../../sql/example-run.ts';
import type { Database } from '../../sql/schema.ts';
import { rawRequest } from '../example-exchange.ts';
import { buildExampleHub, type Caller, type ExampleHub } from '../example-hub.ts';
import { ExampleListener } from './example-listener.ts';

const copy = { source: { agent: 'web-01', path: '/srv/a' }, destination: { agent: 'vault', path: '/srv/b' } };

let database: TemporaryDatabase<Database>;
let hub: ExampleHub;
let user: Caller;
let other: Caller;
let admin: Caller;
let agentIds: readonly number[];

beforeEach(async () => {
  database = await migratedDatabase();
  hub = buildExampleHub(database.db);
  [user, other, admin] = [await hub.signIn('user'), await hub.signIn('user'), await hub.signIn('admin')];
  const root = { path: '/srv', access: 'rw' } as const;
  agentIds = [await hub.connect('web-01', root), await hub.connect('vault', root)];
  for (const person of [user, other]) await hub.share(person, ...agentIds);
});

afterEach(async () => {
  await hub.app.close();
  await database[Symbol.asyncDispose]();
});

/** A listener who has heard where they begin. */
async function listen(caller: Caller, query = ''): Promise<ExampleListener> {
  const listener = await ExampleListener.of(hub, caller, query);
  expect(await listener.next()).toEqual({ event: 'reset', id: '1', data: {} });
  return listener;
}

async function startRun(caller: Caller): Promise<number> {
  const answer = await caller.post('/runs', copy);
  expect(answer.statusCode, answer.body).toBe(201);
  return answer.json().id;
}

/** Plans that many transfers of a run; their ids. */
async function plan(runId: number, count: number): Promise<readonly number[]> {
  const run = await hub.store.runs.getById(runId);
  if (run === undefined) throw new Error('the run is missing');
  const transfers = Array.from({ length: count }, (_, ordinal) => exampleTransfer(run, ordinal));
  const progress = { id: runId, state: 'running', counters: run.counters } as const;
  await hub.store.runs.storePlanPage({ runId, transfers, treeEntries: [], issues: [], progress });
  return (await hub.store.transfers.listUnsettled(runId, 0, count)).map((transfer) => transfer.id);
}

/** Records how far transfers of a run are, as the dispatcher does. */
async function record(
  runId: number,
  ids: readonly number[],
  bytesTransferred: number,
  errorMessage = '',
): Promise<void> {
  const run = await hub.store.runs.getById(runId);
  if (run === undefined) throw new Error('the run is missing');
  await hub.store.runs.record({
    transfers: ids.map((id) => ({
      id,
      state: 'running',
      attempt: 1,
      retryCount: 0,
      completedChunks: 0,
      bytesTransferred,
      wireBytes: bytesTransferred,
      storedChunks: 0,
      ...(errorMessage !== '' && { errorCode: 'INTERNAL' as const, errorMessage }),
    })),
    runs: [{ id: runId, state: 'running', counters: { ...run.counters, bytesMoved: bytesTransferred * ids.length } }],
    issues: [],
  });
}

describe('the stream of events', () => {
  test('tells of a run that was made, planned, moved on and cancelled, in the words of its resource', async () => {
    await using listener = await listen(user, '?kinds=run');
    const id = await startRun(user);
    await hub.tellEvents();
    const [transferId = 0] = await plan(id, 1);
    await record(id, [transferId], 3);
    await hub.tellEvents();
    await user.post(`/runs/${id}/cancel`);
    await hub.tellEvents();

    const heard = await listener.take(3);

    const shown = (await user.get(`/runs/${id}`)).json();
    expect(heard.map(({ event, id: number, data }) => [event, number, data.id, data.state])).toEqual([
      ['runChanged', '2', id, 'planning'],
      ['runChanged', '3', id, 'running'],
      ['runChanged', '4', id, 'cancelled'],
    ]);
    expect(heard[1]?.data.counters).toMatchObject({ bytesMoved: 3 });
    expect(shown).toMatchObject(heard[2]?.data ?? {});
  });

  test('tells of a transfer once a round, however often it changed, in its newest state', async () => {
    const runId = await startRun(user);
    const [id = 0] = await plan(runId, 1);
    await using listener = await listen(user, '?kinds=transfer');
    for (const bytes of [1, 2, 3]) await record(runId, [id], bytes);
    await hub.tellEvents();
    await record(runId, [id], 4);
    await hub.tellEvents();

    const heard = await listener.take(2);

    expect(heard).toEqual([
      { event: 'transferChanged', id: '2', data: expect.objectContaining({ id, runId, bytesTransferred: 3 }) },
      { event: 'transferChanged', id: '3', data: expect.objectContaining({ id, runId, bytesTransferred: 4 }) },
    ]);
  });

  test('names only the run when more of its transfers change than anybody reads along', async () => {
    const runId = await startRun(user);
    const ids = await plan(runId, MAX_TRANSFERS_A_ROUND + 1);
    await using listener = await listen(user, '?kinds=transfer');
    await record(runId, ids, 1);
    await hub.tellEvents();
    await record(runId, ids.slice(0, 1), 2);
    await hub.tellEvents();

    const heard = await listener.take(2);

    expect(heard[0]).toEqual({ event: 'transfersChanged', id: '2', data: { runId } });
    expect(heard[1]).toMatchObject({ event: 'transferChanged', data: { bytesTransferred: 2 } });
  });

  test('tells of agents that come and go, change, and are shared', async () => {
    const id = await hub.connect('new', { path: '/srv', access: 'rw' });
    await using listener = await listen(other, '?kinds=agent');
    await hub.store.agents.updateStatus(id, 'offline', new Date());
    await hub.tellEvents();
    await admin.put(`/agents/${id}/grants/${other.userId}`, { access: 'read' });
    await hub.tellEvents();
    await admin.patch(`/agents/${id}`, { name: 'newer' });
    await hub.tellEvents();

    const heard = await listener.take(2);

    expect(heard.map(({ data }) => [data.id, data.name, data.status, data.transport])).toEqual([
      [id, 'new', 'offline', 'websocket'],
      [id, 'newer', 'offline', 'websocket'],
    ]);
  });

  test('tells of jobs that are made, changed and removed', async () => {
    await using listener = await listen(user, '?kinds=job');
    const { id } = (await user.post('/jobs', { name: 'nightly', type: 'push', ...copy })).json();
    await hub.tellEvents();
    await user.patch(`/jobs/${id}`, { status: 'paused' });
    await hub.tellEvents();
    await user.delete(`/jobs/${id}`);
    await hub.tellEvents();

    expect((await listener.take(3)).map(({ event, data }) => [event, data])).toEqual([
      ['jobChanged', { id, name: 'nightly', status: 'active' }],
      ['jobChanged', { id, name: 'nightly', status: 'paused' }],
      ['jobRemoved', { id }],
    ]);
  });

  test('says nothing of a change that was undone', async () => {
    const run = await hub.store.runs.getById(await startRun(user));
    if (run === undefined) throw new Error('the run is missing');
    await using listener = await listen(user, '?kinds=run,job');
    const undone = hub.store.transaction(async ({ runs }) => {
      const { id } = await runs.create(run);
      throw new Error(`undo run ${id}`);
    });
    await expect(undone).rejects.toThrow(/undo run/);
    await user.post('/jobs', { name: 'nightly', type: 'push', ...copy });
    await hub.tellEvents();

    expect(await listener.next()).toMatchObject({ event: 'jobChanged', id: '2' });
  });

  test('is kept open by proxies: nothing is buffered or cached, and a silent one shows signs of life', async () => {
    await using listener = await ExampleListener.of(hub, user);
    const beginning = [await listener.block(), await listener.block()];
    await hub.tellEvents(HEARTBEAT_MS);

    expect(listener.headers.get('content-type')).toMatch(/^text\/event-stream/);
    expect(listener.headers.get('cache-control')).toBe('no-store');
    expect(listener.headers.get('x-accel-buffering')).toBe('no');
    expect(beginning).toEqual(['retry: 3000', 'event: reset\nid: 1\ndata: {}']);
    expect(await listener.block()).toBe(': still here');
  });

  test('takes no kinds that there are none of, and is no page to be asked for its head', async () => {
    for (const query of ['?kinds=user', '?kinds=', '?kinds=run,run,run,run,run', '?since=1']) {
      const answer = await user.get(`/events${query}`);
      expect(answer.json(), query).toMatchObject({ status: 400, code: 'VALIDATION' });
    }
    const headers = { authorization: `Bearer ${user.credential}` };
    expect((await hub.app.inject({ method: 'HEAD', url: '/api/v1/events', headers })).statusCode).toBe(405);
  });

  test('is open ten times at most to one user, and again when one was closed', async () => {
    const listeners: ExampleListener[] = [];
    for (let count = 0; count < MAX_STREAMS_PER_USER; count += 1) listeners.push(await listen(user));
    await expect(ExampleListener.of(hub, user)).rejects.toThrow(/429.*Close one first/);
    await using unrelated = await listen(other);
    expect(unrelated.headers.get('content-type')).toMatch(/^text\/event-stream/);

    await listeners[0]?.[Symbol.asyncDispose]();
    await expect.poll(() => hub.services.events.streams).toBe(MAX_STREAMS_PER_USER);

    await using again = await listen(user);
    expect(again.headers.get('content-type')).toMatch(/^text\/event-stream/);
    for (const listener of listeners) await listener[Symbol.asyncDispose]();
  });

  test('of a reader who takes nothing any more keeps no hub from closing, and is given up', async () => {
    const runId = await startRun(user);
    const ids = await plan(runId, MAX_TRANSFERS_A_ROUND);
    await (await listen(other))[Symbol.asyncDispose]();
    const { port } = hub.app.server.address() as AddressInfo;
    const socket = connect(port, '127.0.0.1');
    socket.write(rawRequest('GET', '/api/v1/events', [`Authorization: Bearer ${user.credential}`]));
    await once(socket, 'readable');
    // More than the buffers on the way hold, and nobody reads.
    for (let round = 0; round < 12; round += 1) {
      await record(runId, ids, round, 'x'.repeat(10_000));
      await hub.tellEvents();
    }
    await hub.tellEvents(STALLED_MS);

    expect(hub.services.events.streams).toBe(0);
    await hub.app.close();
    socket.destroy();
  });

  test('ends when the hub closes, which waits for nobody', async () => {
    const listener = await listen(user);

    await hub.app.close();

    expect(await listener.next()).toBeUndefined();
    expect(hub.services.events.streams).toBe(0);
  });
});

describe('who hears what', () => {
  test('A22: two users who listen hear of their own runs, transfers and jobs only, an administrator of both', async () => {
    await using mine = await listen(user, '?kinds=run,transfer,job');
    await using theirs = await listen(other, '?kinds=run,transfer,job');
    await using all = await listen(admin, '?kinds=run,transfer,job');
    const [first, second] = [await startRun(user), await startRun(other)];
    for (const run of [first, second]) await record(run, await plan(run, 1), 1);
    const jobs = [];
    for (const person of [user, other]) {
      jobs.push((await person.post('/jobs', { name: 'nightly', type: 'push', ...copy })).json().id);
    }
    await hub.tellEvents();
    for (const [at, person] of [user, other].entries()) await person.delete(`/jobs/${jobs[at]}`);
    for (const [at, person] of [user, other].entries()) await person.post(`/runs/${[first, second][at]}/cancel`);
    await hub.tellEvents();

    // Three of what is, then its job removed, its run cancelled, and its transfers with it.
    const heard = { mine: await mine.take(6), theirs: await theirs.take(6), all: await all.take(12) };

    const about = (events: typeof heard.mine): unknown =>
      events.map(({ event, data }) => [event, data.runId ?? data.id]);
    const expected = (run: number, job: number): unknown => [
      ['jobChanged', job],
      ['runChanged', run],
      ['transferChanged', run],
      ['jobRemoved', job],
      ['runChanged', run],
      ['transfersChanged', run],
    ];
    expect(about(heard.mine)).toEqual(expected(first, jobs[0]));
    expect(about(heard.theirs)).toEqual(expected(second, jobs[1]));
    expect(new Set(heard.all.map(({ data }) => data.runId ?? data.id))).toEqual(new Set([first, second, ...jobs]));
  });

  test('A22: an agent whose share was taken back is heard of no more, not even of what waited to be sent', async () => {
    const [shared = 0, kept = 0] = agentIds;
    await using mine = await listen(user, '?kinds=agent');
    await hub.store.agents.updateStatus(shared, 'offline', new Date());
    await admin.delete(`/agents/${shared}/grants/${user.userId}`);
    await hub.tellEvents();
    await hub.store.agents.updateStatus(shared, 'online', new Date());
    await hub.store.agents.updateStatus(kept, 'offline', new Date());
    await hub.tellEvents();

    expect(await mine.next()).toMatchObject({ event: 'agentChanged', id: '2', data: { id: kept } });
  });

  test('A22: a removed agent is told to administrators alone', async () => {
    const { id } = (await admin.post('/agents', { name: 'spare' })).json();
    await hub.share(user, id);
    await using mine = await listen(user, '?kinds=agent');
    await using all = await listen(admin, '?kinds=agent');
    await admin.delete(`/agents/${id}`);
    await hub.store.agents.updateStatus(agentIds[0] ?? 0, 'offline', new Date());
    await hub.tellEvents();

    expect((await mine.next())?.data.id).toBe(agentIds[0]);
    expect((await all.take(2)).map(({ event }) => event).toSorted()).toEqual(['agentChanged', 'agentRemoved']);
  });

  test('reading is enough: an API key for reading listens', async () => {
    await using listener = await listen(await hub.withKey(user, 'read'), '?kinds=run');
    const id = await startRun(user);
    await hub.tellEvents();

    expect(await listener.next()).toMatchObject({ data: { id } });
  });
});

describe('A15: a stream ends with what opened it', () => {
  /** Whatever takes the right to listen away, done to a listener. */
  const endings: Readonly<Record<string, (listening: Caller) => Promise<unknown>>> = {
    'the user is disabled': ({ userId }) => admin.patch(`/users/${userId}`, { disabled: true }),
    'the user gets another role': ({ userId }) => admin.patch(`/users/${userId}`, { role: 'admin' }),
    'the user is removed': ({ userId }) => admin.delete(`/users/${userId}`),
    'the user signs out': (listening) =>
      hub.app.inject({
        method: 'POST',
        url: '/api/v1/auth/logout',
        headers: { authorization: `Bearer ${listening.credential}` },
      }),
    'the sign-in is ended from elsewhere': async (listening) => {
      const { items } = (await listening.get('/auth/sign-ins')).json();
      return listening.delete(`/auth/sign-ins/${items[0].id}`);
    },
  };

  test.each(Object.entries(endings))('A15: %s', async (_name, end) => {
    const listener = await listen(user);
    await using unaffected = await listen(other, '?kinds=run');
    expect((await end(user).then((answer) => answer as { statusCode: number })).statusCode).toBeLessThan(300);

    await hub.tellEvents();

    expect(await listener.next()).toBeUndefined();
    expect(hub.services.events.streams).toBe(1);
    await startRun(other);
    await hub.tellEvents();
    // Of a user who is removed everybody hears that things went with them.
    expect((await unaffected.next())?.event).toMatch(/^(runChanged|reset)$/);
  });

  test('A15: the API key is revoked', async () => {
    const { id, secret } = (await user.post('/keys', { name: 'watcher', scope: 'read' })).json();
    const listener = await listen({ ...user, credential: secret });
    await user.post(`/keys/${id}/revoke`);

    await hub.tellEvents();

    expect(await listener.next()).toBeUndefined();
  });

  test('A15: a user who was disabled hears nothing of what waited to be sent', async () => {
    const listener = await listen(user);
    await startRun(user);
    await admin.patch(`/users/${user.userId}`, { disabled: true });

    await hub.tellEvents();

    expect(await listener.next()).toBeUndefined();
  });
});
