import { describe, expect, test } from 'vitest';
import { keyAccess, passwordAccess } from './access.ts';
import { exampleAgent, exampleRun } from './example-resources.ts';
import { fakeHub } from './fake-hub.ts';
import { HubClient } from './hub-client.ts';
import { HubConnection } from './hub-connection.ts';

const login = {
  body: { accessToken: 'fresh', expiresAt: '2027-01-01T00:00:00Z', user: { id: 1, email: 'a', role: 'admin' } },
};

describe('HubClient', () => {
  test('asks below /api/v1 with the token, and hands on what a newer hub says besides', async () => {
    await using hub = await fakeHub({ 'GET runs/7': { body: { ...exampleRun(), priority: 3 } } });
    const run = await new HubClient(new HubConnection(hub.url), keyAccess('secret')).run(7);
    expect(run).toMatchObject({ id: 7, priority: 3 });
    expect(hub.asked).toMatchObject([{ method: 'GET', path: 'runs/7', authorization: 'Bearer secret' }]);
  });

  test('follows the pages of a listing up to the limit', async () => {
    const page = (ids: number[], nextCursor?: string) => ({
      body: { items: ids.map((id) => exampleAgent({ id })), nextCursor },
    });
    await using hub = await fakeHub({ 'GET agents': [page([1, 2], 'two'), page([3, 4], 'three')] });
    const agents = await new HubClient(new HubConnection(hub.url), keyAccess('secret')).agents(3);
    expect(agents.map((agent) => agent.id)).toEqual([1, 2, 3]);
    expect(hub.asked.map((each) => each.path)).toEqual(['agents?limit=3', 'agents?limit=1&cursor=two']);
  });

  test('is not kept busy by a hub whose cursor leads nowhere', async () => {
    await using hub = await fakeHub({ 'GET agents': { body: { items: [], nextCursor: 'again' } } });
    await expect(new HubClient(new HubConnection(hub.url), keyAccess('secret')).agents(3)).resolves.toEqual([]);
  });

  test('signs in with the password when first asked, and once more when the token has expired', async () => {
    const expired = { status: 401, body: { code: 'UNAUTHENTICATED', detail: 'expired' } };
    await using hub = await fakeHub({
      'POST auth/login': login,
      'GET runs/7': [{ body: exampleRun() }, expired, { body: exampleRun() }],
    });
    const client = new HubClient(new HubConnection(hub.url), passwordAccess(new HubConnection(hub.url), 'a', 'b'));
    await client.run(7);
    await client.run(7);
    const asked = hub.asked.map((each) => each.path);
    expect(asked).toEqual(['auth/login', 'runs/7', 'runs/7', 'auth/login', 'runs/7']);
  });

  test.each([
    [
      { status: 409, body: { code: 'DESTINATION_EXISTS', detail: 'It is there.' } },
      'DESTINATION_EXISTS',
      'It is there.',
    ],
    [{ status: 404, body: { title: 'Not found' } }, 'NOT_FOUND', 'Not found'],
    [{ status: 418, body: 'no json' }, 'INTERNAL', /HTTP status 418/],
    [{ status: 503, body: '<html>' }, 'AGENT_OFFLINE', /HTTP status 503/],
    [{ status: 302, body: '' }, 'PROTOCOL', /HTTP status 302/],
    [{ status: 403, body: { code: 'NO_SUCH_CODE', detail: 'No.' } }, 'FORBIDDEN', 'No.'],
  ])('turns the problem %j into an error with its code', async (answer, code, message) => {
    await using hub = await fakeHub({ 'GET runs/7': answer });
    const asking = new HubClient(new HubConnection(hub.url), keyAccess('secret')).run(7);
    await expect(asking).rejects.toMatchObject({
      code,
      message: typeof message === 'string' ? message : expect.stringMatching(message),
    });
  });

  test('says that an answer was not that of a hub', async () => {
    await using hub = await fakeHub({ 'GET runs/7': { body: { hello: 'world' } } });
    const asking = new HubClient(new HubConnection(hub.url), keyAccess('secret')).run(7);
    await expect(asking).rejects.toMatchObject({ code: 'PROTOCOL', message: expect.stringContaining(hub.url) });
  });

  test('names the address and the reason when nobody listens there, as unreachable', async () => {
    let url = '';
    {
      await using hub = await fakeHub({});
      url = hub.url;
    }
    const asking = new HubClient(new HubConnection(url), keyAccess('secret')).run(7);
    await expect(asking).rejects.toMatchObject({
      exitCode: 5,
      retryable: true,
      message: expect.stringMatching(new RegExp(`${url} cannot be reached: nothing listens there`)),
    });
  });
});
