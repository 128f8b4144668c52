import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { migratedDatabase, type TemporaryDatabase } from '../../../infrastructure/db/temporary-database.ts';
import type { Database } from '../../sql/schema.ts';
import { buildExampleHub, type Caller, type ExampleHub } from '../example-hub.ts';

let database: TemporaryDatabase<Database>;
let hub: ExampleHub;
let collector: Caller;

beforeEach(async () => {
  database = await migratedDatabase();
  hub = buildExampleHub(database.db);
  collector = await hub.withKey(await hub.signIn('admin'), 'read');
});

afterEach(async () => {
  await hub.app.close();
  await database[Symbol.asyncDispose]();
});

function ask(caller?: Caller) {
  const headers = caller && { authorization: `Bearer ${caller.credential}` };
  return hub.app.inject({ url: '/metrics', ...(headers && { headers }) });
}

/** The lines of these metrics, without what explains them. */
async function collect(...names: readonly string[]): Promise<readonly string[]> {
  const { body } = await ask(collector);
  return body.split('\n').filter((line) => names.some((name) => line.startsWith(name)));
}

describe('metrics', () => {
  test('A22: are for administrators: an API key for reading suffices, and nobody else gets them', async () => {
    const user = await hub.signIn('user');

    expect((await ask()).json()).toMatchObject({ status: 401, code: 'UNAUTHENTICATED' });
    expect((await ask(user)).json()).toMatchObject({ status: 403, code: 'FORBIDDEN' });
    expect((await ask(await hub.withKey(user, 'full'))).statusCode).toBe(403);
    const answer = await ask(collector);
    expect(answer.statusCode).toBe(200);
    expect(answer.headers['content-type']).toBe('text/plain; version=0.0.4; charset=utf-8');
    expect(answer.body).toContain(`ferryline_build_info{version="0.1.0",node="${process.version}"} 1`);
  });

  test('say how many agents are online, with which transport', async () => {
    const id = await hub.connect('web-01', { path: '/srv', access: 'ro' });
    await hub.connect('web-02', { path: '/srv', access: 'ro' });
    await hub.store.agents.updateStatus(id, 'offline', new Date());

    expect(await collect('ferryline_agents_online')).toEqual([
      'ferryline_agents_online{transport="websocket"} 1',
      'ferryline_agents_online{transport="polling"} 0',
    ]);
  });

  test('count requests by the pattern of the route: nobody makes up series by asking for paths', async () => {
    const user = await hub.signIn('user');
    for (const path of ['/runs/1', '/runs/2', '/runs/x', '/made/up', '/made/up?again=1']) await user.get(path);

    expect(await collect('ferryline_http_requests_total', 'ferryline_http_request_duration_seconds_count')).toEqual([
      'ferryline_http_requests_total{method="POST",route="/api/v1/keys",status="2xx"} 1',
      'ferryline_http_requests_total{method="GET",route="/api/v1/runs/:id",status="4xx"} 3',
      'ferryline_http_requests_total{method="GET",route="(none)",status="4xx"} 2',
      'ferryline_http_request_duration_seconds_count{method="POST",route="/api/v1/keys"} 1',
      'ferryline_http_request_duration_seconds_count{method="GET",route="/api/v1/runs/:id"} 3',
      'ferryline_http_request_duration_seconds_count{method="GET",route="(none)"} 2',
    ]);
  });

  test('count attempts to sign in that failed', async () => {
    for (const email of ['nobody@example.com', 'somebody@example.com']) {
      await hub.app.inject({ method: 'POST', url: '/api/v1/auth/login', payload: { email, password: 'not the one' } });
    }

    expect(await collect('ferryline_sign_in_failures_total')).toEqual(['ferryline_sign_in_failures_total 2']);
  });

  test('are there for every state, also where there is nothing to count', async () => {
    expect(await collect('ferryline_transfers', 'ferryline_runs', 'ferryline_scheduler')).toEqual([
      'ferryline_runs{state="planning"} 0',
      'ferryline_runs{state="running"} 0',
      'ferryline_transfers{state="pending"} 0',
      'ferryline_transfers{state="running"} 0',
      'ferryline_transfers{state="verifying"} 0',
      'ferryline_transfers{state="suspended"} 0',
      'ferryline_runs_ended_total{state="completed"} 0',
      'ferryline_runs_ended_total{state="partial"} 0',
      'ferryline_runs_ended_total{state="failed"} 0',
      'ferryline_runs_ended_total{state="cancelled"} 0',
      'ferryline_transfers_ended_total{state="completed"} 0',
      'ferryline_transfers_ended_total{state="failed"} 0',
      'ferryline_transfers_ended_total{state="cancelled"} 0',
      'ferryline_scheduler_ticks_total{outcome="done"} 0',
      'ferryline_scheduler_ticks_total{outcome="failed"} 0',
    ]);
  });
});
