import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import WebSocket from 'ws';
import { Ferryline } from '../system/ferryline.ts';
import { hello, knock, Stranger } from './stranger.ts';

// PROTOCOL.md section 1.

let ferryline: Ferryline;
let agentName: string;
let token: string;
let tokenId: number;
let agents = 0;

beforeAll(async () => {
  ferryline = await Ferryline.start();
});
beforeEach(async () => {
  agents += 1;
  agentName = `stranger-${agents}`;
  ({ token, id: tokenId } = await ferryline.post<{ token: string; id: number }>('tokens', { agent: agentName }));
});
afterAll(() => ferryline.close());

describe('an upgrade request is refused', () => {
  const withToken = (): Record<string, string> => ({ authorization: `Bearer ${token}` });

  test.each<[string, string, () => Record<string, string>, number, string]>([
    ['without a token', '/ws/agent', () => ({}), 401, 'UNAUTHENTICATED'],
    ['with a wrong token', '/ws/agent', () => ({ authorization: `Bearer ${token}x` }), 401, 'UNAUTHENTICATED'],
    [
      'for a lane with a wrong token',
      '/ws/lane?session=x',
      () => ({ authorization: 'Bearer x' }),
      401,
      'UNAUTHENTICATED',
    ],
    ['A63: with an Origin', '/ws/agent', () => ({ ...withToken(), origin: 'https://evil.example' }), 403, 'FORBIDDEN'],
    ['with a Cookie', '/ws/agent', () => ({ ...withToken(), cookie: 'a=b' }), 403, 'FORBIDDEN'],
    ['for a lane with an Origin', '/ws/lane?session=x', () => ({ ...withToken(), origin: 'null' }), 403, 'FORBIDDEN'],
    ['at another path', '/ws/other', withToken, 404, 'NOT_FOUND'],
    ['for a lane of an unknown session', `/ws/lane?session=${randomUUID()}`, withToken, 404, 'NOT_FOUND'],
    ['for a lane of no session', '/ws/lane', withToken, 404, 'NOT_FOUND'],
  ])('%s', async (_how, path, headers, status, code) => {
    expect(await knock(ferryline.hubUrl, path, headers())).toMatchObject({ status, code, detail: expect.any(String) });
  });

  test('for a lane of somebody else’s session, whose owner goes on', async () => {
    const owner = await Stranger.connect(ferryline.hubUrl, token);
    const other = await ferryline.post<{ token: string }>('tokens', { agent: 'other' });

    const refusal = await knock(ferryline.hubUrl, `/ws/lane?session=${owner.welcome?.session}`, {
      authorization: `Bearer ${other.token}`,
    });

    expect(refusal).toMatchObject({ status: 404, code: 'NOT_FOUND' });
    expect(await agentStatus()).toBe('online');
    await owner.leave();
  });

  test('A73: with a token that was revoked', async () => {
    await ferryline.post(`tokens/${tokenId}/revoke`, {});

    expect(await knock(ferryline.hubUrl, '/ws/agent', withToken())).toMatchObject({ status: 401 });
  });
});

describe('a hello', () => {
  test('that says what the agent holds is answered with what nobody wants any more', async () => {
    const stranger = await Stranger.dial(ferryline.hubUrl, token);
    const holds = [{ transfer: 987_654, attempt: 3 }];

    stranger.say(hello({ holds }));

    expect(await stranger.hear('cancel')).toMatchObject({ transfers: holds });
    await stranger.leave();
  });

  test('A27: is answered with welcome, which names the agent of the token, whatever it calls itself', async () => {
    const stranger = await Stranger.dial(ferryline.hubUrl, token);
    stranger.say(hello({ host: 'other-name', protocolVersions: [99, 1], aFieldOfTomorrow: { deep: [1] } }));

    expect(await stranger.hear('welcome')).toEqual({
      type: 'welcome',
      session: expect.stringMatching(/.{16}/),
      protocolVersion: 1,
      agent: { id: expect.any(Number), name: agentName },
      heartbeatMs: 15_000,
      hears: ['waiting'],
    });
    await stranger.leave();
  });

  test('F32: with no version that both know is refused', async () => {
    const stranger = await Stranger.dial(ferryline.hubUrl, token);
    stranger.say(hello({ protocolVersions: [2, 3] }));

    expect(await stranger.hear('refused')).toMatchObject({
      code: 'PROTOCOL',
      message: expect.stringMatching(/version.*1/),
    });
    await stranger.ended;
  });

  test.each<[string, object | string]>([
    ['without an instance', hello({ instance: undefined })],
    ['with an instance that is too short', hello({ instance: 'seven77' })],
    ['without roots', hello({ roots: [] })],
    ['with roots of another shape', hello({ roots: ['/srv'] })],
    ['with an access that does not exist', hello({ roots: [{ path: '/srv', access: 'wr' }] })],
    ['with versions that are text', hello({ protocolVersions: '1' })],
    ['that is not JSON', '{"type":"hello"'],
    ['that is JSON but no object', '[1,2]'],
    ['that has no type', '{"protocolVersions":[1]}'],
  ])('%s is refused', async (_how, message) => {
    const stranger = await Stranger.dial(ferryline.hubUrl, token);
    stranger.say(message);

    expect(await stranger.hear('refused')).toMatchObject({
      code: 'PROTOCOL',
      message: expect.stringMatching(/\w.*\./),
    });
    await stranger.ended;
  });

  test('is refused the second time', async () => {
    const stranger = await Stranger.connect(ferryline.hubUrl, token);
    stranger.say(hello());

    expect(await stranger.hear('refused')).toMatchObject({
      code: 'PROTOCOL',
      message: expect.stringContaining('hello'),
    });
    await stranger.ended;
  });

  test('comes first: anything else before it is refused', async () => {
    const stranger = await Stranger.dial(ferryline.hubUrl, token);
    stranger.say({ type: 'finished', transfers: [{ transfer: 1, attempt: 1 }] });

    expect(await stranger.hear('refused')).toMatchObject({
      code: 'PROTOCOL',
      message: expect.stringContaining('hello'),
    });
    await stranger.ended;
  });
});

describe('in a session', () => {
  test.each<[string, object]>([
    ['of an unknown type', { type: 'teleport', to: 'mars' }],
    ['about a transfer that nobody knows', { type: 'finished', transfers: [{ transfer: 999, attempt: 1 }] }],
    ['about a run that nobody knows', { type: 'runFailed', run: 999, code: 'NOT_FOUND', message: 'No.' }],
  ])('a message %s changes nothing', async (_what, message) => {
    const stranger = await Stranger.connect(ferryline.hubUrl, token);
    stranger.say(message);

    await expectStillHeard(stranger);
  });

  test.each<[string, object]>([
    ['a missing field', { type: 'finished' }],
    ['an ill-typed field', { type: 'finished', transfers: [{ transfer: '1', attempt: 1 }] }],
    ['a transfer id of zero', { type: 'finished', transfers: [{ transfer: 0, attempt: 1 }] }],
    ['an attempt of 2^32', { type: 'finished', transfers: [{ transfer: 1, attempt: 2 ** 32 }] }],
    ['no item at all', { type: 'finished', transfers: [] }],
    ['more than 1,000 items', { type: 'finished', transfers: Array(1001).fill({ transfer: 1, attempt: 1 }) }],
    [
      'a hash in capitals',
      {
        type: 'sent',
        transfers: [{ transfer: 1, attempt: 1, fileHash: 'A'.repeat(64), chunkListHash: 'a'.repeat(64) }],
      },
    ],
    ['a name that climbs', entriesWith({ kind: 'directory', names: ['..'], mode: 0o755, mtimeNs: '0' })],
    ['a name with a slash', entriesWith({ kind: 'directory', names: ['a/b'], mode: 0o755, mtimeNs: '0' })],
    ['a name that is no Unicode', entriesWith({ kind: 'directory', names: ['\ud800'], mode: 0o755, mtimeNs: '0' })],
    ['a name of 256 bytes', entriesWith({ kind: 'directory', names: ['é'.repeat(128)], mode: 0o755, mtimeNs: '0' })],
    ['a mode with set-uid', entriesWith({ kind: 'directory', names: ['a'], mode: 0o4755, mtimeNs: '0' })],
  ])('a known message with %s ends it with refused', async (_what, message) => {
    const stranger = await Stranger.connect(ferryline.hubUrl, token);
    stranger.say(message);

    expect(await stranger.hear('refused')).toMatchObject({ code: 'PROTOCOL' });
    await stranger.ended;
    await expect.poll(agentStatus).toBe('offline');
  });

  test('a binary control message ends it with refused', async () => {
    const stranger = await Stranger.connect(ferryline.hubUrl, token);
    stranger.sayBinary(Buffer.from(JSON.stringify(hello())));

    expect(await stranger.hear('refused')).toMatchObject({ code: 'PROTOCOL' });
    await stranger.ended;
  });

  test('A46: a control message beyond 4 MiB closes the connection', async () => {
    const stranger = await Stranger.connect(ferryline.hubUrl, token);
    stranger.say({ type: 'unknown', filler: 'x'.repeat(4 * 1024 * 1024) });

    await stranger.ended;
  });

  test('A46: a lane message that could hold no frame is not read to its end', async () => {
    const stranger = await Stranger.connect(ferryline.hubUrl, token);
    stranger.sendFrames(Buffer.alloc(66 * 1024 * 1024));

    await stranger.ended;
    // Nobody looked into it: that there is no frame in it would have been said.
    await expect(stranger.hear('refused')).rejects.toThrow('The session has ended');
  });

  test('A47: a control message in more than 64 pieces closes the connection', async () => {
    const socket = new WebSocket(new URL('/ws/agent', ferryline.hubUrl), {
      headers: { authorization: `Bearer ${token}` },
    });
    await once(socket, 'open');
    const closed = once(socket, 'close');

    for (let piece = 0; piece < 65; piece += 1) socket.send(' ', { fin: false });

    // RFC 6455 section 7.4.1: a message that breaks the policy of whoever hears it.
    expect((await closed)[0]).toBe(1008);
  });

  test('the loss of the lane ends the control connection too', async () => {
    const stranger = await Stranger.connect(ferryline.hubUrl, token);
    stranger.closeLane();

    await stranger.ended;
  });

  test('a second lane is refused, and the first goes on', async () => {
    const stranger = await Stranger.connect(ferryline.hubUrl, token);

    const refusal = await knock(ferryline.hubUrl, `/ws/lane?session=${stranger.welcome?.session}`, {
      authorization: `Bearer ${token}`,
    });

    expect(refusal).toMatchObject({ status: 409, code: 'CONFLICT' });
    await expectStillHeard(stranger);
  });

  test('F2: is ended by a hub that stops, at once, with 1012 (service restart), whether it said hello or not', async () => {
    const silent = await Stranger.dial(ferryline.hubUrl, token);
    const stranger = await Stranger.connect(ferryline.hubUrl, token);

    await ferryline.restartHub();

    expect(await Promise.all([silent.ended, stranger.ended])).toEqual([1012, 1012]);
  });

  test('F2: is ended with 1000 by a hub that goes on', async () => {
    const stranger = await Stranger.connect(ferryline.hubUrl, token);

    await ferryline.post(`tokens/${tokenId}/revoke`, {});

    expect(await stranger.ended).toBe(1000);
  });

  test('A48: permessage-deflate is not agreed on', async () => {
    const stranger = new WebSocket(new URL('/ws/agent', ferryline.hubUrl), {
      headers: { authorization: `Bearer ${token}` },
      perMessageDeflate: true,
    });
    await once(stranger, 'open');

    expect(stranger.extensions).toBe('');
    stranger.terminate();
  });

  test('A73: a revoked token ends it with UNAUTHENTICATED', async () => {
    const stranger = await Stranger.connect(ferryline.hubUrl, token);
    await ferryline.post(`tokens/${tokenId}/revoke`, {});

    expect(await stranger.hear('refused')).toMatchObject({
      code: 'UNAUTHENTICATED',
      message: expect.stringContaining('revoked'),
    });
    await stranger.ended;
  });
});

describe('A73: a connection that was opened with a good token', () => {
  test('ends at once when the token is revoked before it says hello', async () => {
    const stranger = await Stranger.dial(ferryline.hubUrl, token);

    await ferryline.post(`tokens/${tokenId}/revoke`, {});

    expect(await stranger.hear('refused')).toMatchObject({ code: 'UNAUTHENTICATED' });
    await stranger.ended;
  });

  test('ends at once when its agent is removed before it says hello', async () => {
    const stranger = await Stranger.dial(ferryline.hubUrl, token);
    const { items } = await ferryline.get<{ items: { id: number; name: string }[] }>('agents?limit=200');

    await ferryline.delete(`agents/${items.find(({ name }) => name === agentName)?.id}`);

    expect(await stranger.hear('refused')).toMatchObject({ code: 'UNAUTHENTICATED' });
    await stranger.ended;
  });

  test('is not welcomed when the token has expired by the time it says hello', async () => {
    const expiresAt = new Date(Date.now() + 1_000).toISOString();
    const brief = await ferryline.post<{ token: string }>('tokens', { agent: agentName, expiresAt });
    const stranger = await Stranger.dial(ferryline.hubUrl, brief.token);
    const asBrief = { authorization: `Bearer ${brief.token}` };
    // A lane without a session: what opens it says 404, what does not 401.
    const status = async () => (await knock(ferryline.hubUrl, '/ws/lane', asBrief)).status;
    await expect.poll(status, { timeout: 5_000 }).toBe(401);

    stranger.say(hello());

    expect(await stranger.hear('refused')).toMatchObject({
      code: 'UNAUTHENTICATED',
      message: expect.stringContaining('expired'),
    });
    await stranger.ended;
  });
});

test('a connection that breaks off while the hub looks whether another one lives leaves nothing behind', async () => {
  const silent = await Stranger.connect(ferryline.hubUrl, token);
  silent.answersPings = false;
  const { items } = await ferryline.get<{ items: { id: number; name: string }[] }>('agents?limit=200');
  const second = await Stranger.dial(ferryline.hubUrl, token);
  second.say(hello());

  await second.leave();
  await silent.ended;

  // The database answers in order: when it has answered this, the hub has done with the second connection too.
  await agentStatus();
  const id = items.find(({ name }) => name === agentName)?.id;
  expect(await ferryline.post(`agents/${id}/test`, {})).toMatchObject({ code: 'AGENT_OFFLINE' });
  expect(await agentStatus()).toBe('offline');
});

describe('F33: a second connection of the same agent', () => {
  test('takes over at once when it comes from the same instance', async () => {
    const instance = randomUUID();
    const first = await Stranger.connect(ferryline.hubUrl, token, undefined, instance);
    first.answersPings = false;

    const second = await Stranger.connect(ferryline.hubUrl, token, undefined, instance);

    await first.ended;
    await expectStillHeard(second);
  });

  test('is refused with CONFLICT when another instance answers pings, which goes on', async () => {
    const first = await Stranger.connect(ferryline.hubUrl, token);
    const second = await Stranger.dial(ferryline.hubUrl, token);
    second.say(hello());

    expect(await second.hear('refused')).toMatchObject({
      code: 'CONFLICT',
      message: expect.stringMatching(/stranger-.*already connected.*ferry tokens create/),
    });
    await second.ended;
    await expectStillHeard(first);
  });

  test('takes over within seconds when the other instance answers no ping', async () => {
    const first = await Stranger.connect(ferryline.hubUrl, token);
    first.answersPings = false;

    const second = await Stranger.connect(ferryline.hubUrl, token);

    await first.ended;
    await expectStillHeard(second);
  });
});

test('F12: a session that stays silent for three heartbeats is ended, one that answers is not', async () => {
  await using stack = new AsyncDisposableStack();
  const impatient = await Ferryline.start({ heartbeatSeconds: 1 });
  stack.defer(() => impatient.close());
  const connect = async (agent: string): Promise<Stranger> => {
    const { token: own } = await impatient.post<{ token: string }>('tokens', { agent });
    return Stranger.connect(impatient.hubUrl, own);
  };
  const silent = await connect('silent');
  silent.answersPings = false;
  const talkative = await connect('talkative');
  expect(silent.welcome?.heartbeatMs).toBe(1000);

  await silent.ended;

  const statuses = async (): Promise<object> => {
    const { items } = await impatient.get<{ items: { name: string; status: string }[] }>('agents');
    return Object.fromEntries(items.map(({ name, status }) => [name, status]));
  };
  await expect.poll(statuses).toEqual({ silent: 'offline', talkative: 'online' });
  await talkative.leave();
});

function entriesWith(entry: object): object {
  return { type: 'entries', run: 1, page: 0, skipped: [], last: true, entries: [entry] };
}

async function agentStatus(): Promise<string | undefined> {
  const { items } = await ferryline.get<{ items: { name: string; status: string }[] }>('agents?limit=200');
  return items.find((agent) => agent.name === agentName)?.status;
}

/** A session that still lives is the reason to refuse another instance. */
async function expectStillHeard(stranger: Stranger): Promise<void> {
  const other = await Stranger.dial(ferryline.hubUrl, token);
  other.say(hello());
  expect(await other.hear('refused')).toMatchObject({ code: 'CONFLICT' });
  await other.ended;
  await stranger.leave();
}
