import type { HTTPMethods, LightMyRequestResponse } from 'fastify';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { migratedDatabase, type TemporaryDatabase } from '../../infrastructure/db/temporary-database.ts';
import type { Database } from '../sql/schema.ts';
import { askBriefly, type BriefAnswer } from './ask-briefly.ts';
import { buildExampleHub, type Caller, type ExampleHub } from './example-hub.ts';
import { type ExampleRequest, ExampleThings } from './example-things.ts';
import { anonymousRoutes } from './middleware/anonymous-routes.ts';
import { type Rights, rightsByRoute, rootRoutes, type Verdict } from './rights-table.ts';

const PREFIX = '/api/v1';

let database: TemporaryDatabase<Database>;
let hub: ExampleHub;
let things: ExampleThings;

beforeAll(async () => {
  database = await migratedDatabase();
  hub = buildExampleHub(database.db, { options: { requestsPerMinute: 1_000_000, signInsPerMinute: 1_000_000 } });
  await hub.app.ready();
  things = await ExampleThings.of(hub);
});

afterAll(async () => {
  await hub.app.close();
  await database[Symbol.asyncDispose]();
});

function verdictOf(status: number): Verdict | number {
  if (status === 401 || status === 403 || status === 404) return status;
  // A 503 is an agent that is offline: it was asked.
  return status < 500 || status === 503 ? 'through' : status;
}

describe('who may do what', () => {
  test('A20: every route has a row in the table of rights, and every row a route', () => {
    const routes = hub.routes
      .filter(({ method }) => method !== 'HEAD' && method !== 'OPTIONS')
      .map(({ method, url }) => `${method} ${url.startsWith(PREFIX) ? url.slice(PREFIX.length) : url}`);

    expect([...new Set(routes)].toSorted()).toEqual(Object.keys(rightsByRoute).toSorted());
  });

  test('A59: the routes that are open to strangers are those of the explicit list', () => {
    const open = Object.entries(rightsByRoute).filter(([, rights]) => rights.anonymous === 'through');

    expect(open.map(([route]) => route.replace(' ', ` ${PREFIX}`)).toSorted()).toEqual([...anonymousRoutes].toSorted());
  });

  const guarded = Object.entries(rightsByRoute).filter(([, rights]) => rights.anonymous === 401);
  const open = Object.entries(rightsByRoute).filter(([, rights]) => rights.anonymous === 'through');

  test.each(guarded)('A12, A20: %s', async (route, expected) => {
    const { owner, stranger, admin, keys, strangerKey, otherAgentToken } = things;
    const found: Record<keyof Rights, unknown> = {
      anonymous: await ask(owner, () => undefined),
      owner: await ask(owner),
      stranger: await ask(stranger),
      admin: await ask(admin),
      readKey: await ask(keys.read),
      runKey: await ask(keys.run),
      fullKey: await ask(keys.full),
      agent: await ask(owner, ({ agentToken }) => agentToken),
      otherAgent: await ask(owner, () => otherAgentToken),
    };

    expect(found).toEqual(expected);
    if (expected.stranger === 404) expect(await ask(strangerKey)).toBe(404);

    /** @param credentialFor when it is not the caller's own */
    async function ask(
      caller: Caller,
      credentialFor: (request: ExampleRequest) => string | undefined = () => caller.credential,
    ): Promise<unknown> {
      const request = await requestFor(route, caller);
      const answer = await send(request, credentialFor(request));
      expect(answer.statusCode, answer.body).not.toBe(400);
      if (answer.statusCode >= 400) expect(answer.headers['content-type']).toBe('application/problem+json');
      return verdictOf(answer.statusCode);
    }
  });

  test.each(open)('A12: %s is open to agents as to anybody, or refuses them', async (route, expected) => {
    const { owner, agentToken, otherAgentToken } = things;
    const anonymous = await ask(undefined);
    const found = { agent: await ask(agentToken), otherAgent: await ask(otherAgentToken) };

    const asAnybody = (verdict: Verdict): Verdict | number => (verdict === 'through' ? anonymous : verdict);
    expect(found).toEqual({ agent: asAnybody(expected.agent), otherAgent: asAnybody(expected.otherAgent) });

    async function ask(credential: string | undefined): Promise<number> {
      return (await send(await requestFor(route, owner), credential)).statusCode;
    }
  });

  test('A12: the agents that are refused have tokens that are good where agents come in', async () => {
    const { agentToken, otherAgentToken } = things;
    const opened = [];
    for (const secret of [agentToken, otherAgentToken]) {
      opened.push((await hub.services.tokens.authenticate(secret)).agent.name);
    }

    expect(opened).toEqual(['web-01', 'web-02']);
  });

  async function requestFor(route: string, caller: Caller): Promise<ExampleRequest & { readonly method: HTTPMethods }> {
    const [method = '', pattern = ''] = route.split(' ');
    const request = await things.requestFor(method, pattern, caller);
    return { ...request, method, url: rootRoutes.has(route) ? request.url : `${PREFIX}${request.url}` };
  }

  function send(
    { method, url, payload }: Awaited<ReturnType<typeof requestFor>>,
    credential: string | undefined,
  ): Promise<BriefAnswer> {
    return askBriefly(hub.app, {
      method,
      url,
      ...(credential !== undefined && { headers: { authorization: `Bearer ${credential}` } }),
      ...(payload !== undefined && { payload }),
    });
  }

  test("A20: what is not there and what is somebody else's are answered with the same words", async () => {
    const { stranger, owner } = things;
    for (const kind of ['jobs', 'runs', 'transfers', 'agents', 'users'] as const) {
      const id = await things.make(kind, owner);
      const hidden = (await stranger.get(`/${kind}/${id}`)).json();
      const missing = (await stranger.get(`/${kind}/999999`)).json();
      expect({ ...hidden, requestId: '', detail: hidden.detail.replace(String(id), 'N') }).toEqual({
        ...missing,
        requestId: '',
        detail: missing.detail.replace('999999', 'N'),
      });
    }
  });

  test("A22: no list, search or bulk request reaches what is somebody else's", async () => {
    const { owner, stranger, admin } = things;
    const [job, run, transfer] = [
      await things.make('jobs', owner),
      await things.make('runs', owner),
      await things.make('transfers', owner),
    ];
    const lists = [
      '/jobs',
      '/runs',
      '/transfers',
      '/agents',
      '/keys',
      '/auth/sign-ins',
      '/jobs?q=job',
      '/runs?trigger=api',
    ];
    for (const path of lists) {
      const own = idsOf(await owner.get(path));
      const theirs = idsOf(await stranger.get(path));
      expect(own.length, path).toBeGreaterThan(0);
      expect(
        theirs.filter((id) => own.includes(id)),
        path,
      ).toEqual([]);
    }
    expect(idsOf(await stranger.get(`/runs?job=${job}`))).toEqual([]);
    expect((await stranger.get(`/transfers?run=${run}`)).json()).toEqual({ items: [] });
    expect((await stranger.post('/transfers/bulk', { action: 'cancel', ids: [transfer] })).json()).toEqual({
      matched: 0,
      changed: 0,
    });
    expect((await stranger.post('/transfers/bulk', { action: 'cancel', filter: {} })).json()).toMatchObject({
      changed: 0,
    });
    expect((await admin.get('/runs')).json().items.length).toBeGreaterThan(0);
  });

  test('A22, A29: what an agent is asked for is withheld from the moment at which it is shared no longer', async () => {
    const { owner, admin } = things;
    const id = await things.make('agents', owner);
    expect((await owner.get(`/agents/${id}`)).statusCode).toBe(200);

    await admin.delete(`/agents/${id}/grants/${owner.userId}`);

    expect((await owner.get(`/agents/${id}`)).statusCode).toBe(404);
    expect((await owner.get(`/agents/${id}/files?path=/srv`)).statusCode).toBe(404);
    const listed: { id: number }[] = (await owner.get('/agents?limit=1000')).json().items;
    expect(listed.map((each) => each.id)).not.toContain(id);
  });
});

function idsOf(answer: LightMyRequestResponse): readonly unknown[] {
  return answer.json().items.map((item: { readonly id: unknown }) => item.id);
}
