import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { Ferryline, hubConfig } from '../system/ferryline.ts';
import { hello, knock, Stranger } from './stranger.ts';

// PROTOCOL.md section 1: what opens the agents' doors, and what opens only others.

interface Credentials {
  readonly accessToken: string;
  readonly refreshToken: string;
  readonly apiKey: string;
  readonly neverGiven: string;
  readonly revoked: string;
}

let ferryline: Ferryline;
let credentials: Credentials;
/** Of an agent whose session waits for its lane. */
let token: string;
let session: string;
let owner: Stranger;
let agents = 0;

beforeAll(async () => {
  ferryline = await Ferryline.start();
  const { accessToken, refreshToken } = await ferryline.post<Credentials>('auth/login', hubConfig('', 0).admin ?? {});
  const { secret: apiKey } = await ferryline.post<{ secret: string }>('keys', { name: 'door', scope: 'full' });
  const { id, token: revoked } = await ferryline.post<{ id: number; token: string }>('tokens', { agent: 'revoked' });
  await ferryline.post(`tokens/${id}/revoke`, {});
  const neverGiven = `fla_${randomBytes(32).toString('base64url')}`;
  credentials = { accessToken, refreshToken, apiKey, neverGiven, revoked };
});
beforeEach(async () => {
  agents += 1;
  ({ token } = await ferryline.post<{ token: string }>('tokens', { agent: `agent-${agents}` }));
  owner = await Stranger.dial(ferryline.hubUrl, token);
  owner.say(hello());
  ({ session } = await owner.hear('welcome'));
  return () => owner.leave();
});
afterAll(() => ferryline.close());

const doors: Readonly<Record<string, () => string>> = {
  '/ws/agent': () => '/ws/agent',
  '/ws/lane': () => `/ws/lane?session=${session}`,
};

/**
 * What somebody shows who has no agent token, or shows it where none is looked for. Four of them are guesses to the hub, and one is
 * below: it makes whoever guesses more often wait (ATTACKS.md A53).
 */
const attempts: Readonly<Record<string, () => { readonly headers?: Record<string, string>; readonly query?: string }>> =
  {
    'no credential': () => ({}),
    "a user's access token": () => bearer(credentials.accessToken),
    "a user's refresh token": () => bearer(credentials.refreshToken),
    'an API key for everything': () => bearer(credentials.apiKey),
    'an agent token that nobody was given': () => bearer(credentials.neverGiven),
    'an agent token that was revoked': () => bearer(credentials.revoked),
    'its agent token as a password': () => ({
      headers: { authorization: `Basic ${Buffer.from(`agent:${token}`).toString('base64')}` },
    }),
    'its agent token as a protocol': () => ({ headers: { 'sec-websocket-protocol': token } }),
    'its agent token in the query': () => ({ query: `token=${token}&access_token=${token}` }),
  };

describe.each(Object.entries(doors))('%s', (_door, pathOf) => {
  test.each(Object.entries(attempts))(
    'A12: opens to an agent token in its place alone, not to %s',
    async (_what, show) => {
      const { headers = {}, query } = show();
      const path = pathOf();

      const refusal = await knock(
        ferryline.hubUrl,
        query === undefined ? path : `${path}${path.includes('?') ? '&' : '?'}${query}`,
        headers,
      );

      expect(refusal).toMatchObject({ status: 401, code: 'UNAUTHENTICATED' });
      await owner.openLane(session);
    },
  );
});

test('A16, A25: the lane of a session is not there for another agent, in the words for one that does not exist', async () => {
  const other = await ferryline.post<{ token: string }>('tokens', { agent: `other-${agents}` });
  const ask = (id: string): ReturnType<typeof knock> =>
    knock(ferryline.hubUrl, `/ws/lane?session=${id}`, bearer(other.token).headers);

  const foreign = await ask(session);
  const unknown = await ask('00000000-0000-4000-8000-000000000000');

  expect(foreign).toMatchObject({ status: 404, code: 'NOT_FOUND' });
  expect(foreign).toEqual(unknown);
  await owner.openLane(session);
});

test('A16: the name of a session opens nothing by itself', async () => {
  for (const path of ['/ws/agent', `/ws/lane?session=${session}`]) {
    expect(await knock(ferryline.hubUrl, path, bearer(session).headers)).toMatchObject({ status: 401 });
  }
  await owner.openLane(session);
});

function bearer(secret: string): { readonly headers: Record<string, string> } {
  return { headers: { authorization: `Bearer ${secret}` } };
}
