import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { Ferryline } from '../system/ferryline.ts';
import { Stranger } from './stranger.ts';

// PROTOCOL.md section 3: whoever was asked answers. What another agent says in its place answers nothing (ATTACKS.md A25).

const ROOTS = [{ path: '/srv', access: 'rw' }] as const;

interface Party {
  readonly id: number;
  readonly name: string;
  readonly session: Stranger;
}

let ferryline: Ferryline;
let asked: Party;
let other: Party;
let agents = 0;

beforeAll(async () => {
  ferryline = await Ferryline.start();
});
beforeEach(async () => {
  [asked, other] = [await newParty(), await newParty()];
  return async () => {
    for (const { session } of [asked, other]) await session.leave();
  };
});
afterAll(() => ferryline.close());

test.each<[string, (request: number) => object]>([
  ['a listing', (request) => listing(request, 'of-the-other')],
  ['listFailed', (request) => ({ type: 'listFailed', request, ...failure })],
])('A25: %s from another agent is not what is in a directory', async (_what, foreign) => {
  const answer = ferryline.get(`agents/${asked.id}/files?path=/srv`);
  const { request } = await asked.session.hear('list');
  other.session.say(foreign(request));
  await hasBeenHeard(other);

  asked.session.say(listing(request, 'of-the-asked'));

  expect(await answer).toMatchObject({ entries: [{ name: 'of-the-asked' }] });
});

test('A25: a pong from another agent is no sign of life', async () => {
  asked.session.answersPings = false;
  let isAnswered = false;
  const answer = ferryline.post(`agents/${asked.id}/test`, {}).finally(() => {
    isAnswered = true;
  });
  const { nonce } = await asked.session.hear('ping');
  other.session.say({ type: 'pong', nonce });
  await hasBeenHeard(other);
  expect(isAnswered).toBe(false);

  asked.session.say({ type: 'pong', nonce });

  expect(await answer).toMatchObject({ roundTripMs: expect.any(Number) });
});

test.each<[string, (run: number) => object]>([
  ['entries', (run) => entries(run, 'of-the-other')],
  ['runFailed', (run) => ({ type: 'runFailed', run, ...failure })],
])('A25: %s from another agent is not what a plan finds', async (_what, foreign) => {
  const job = await ferryline.post<{ id: number }>('jobs', {
    name: asked.name,
    type: 'push',
    source: { agent: asked.name, path: '/srv' },
    destination: { agent: other.name, path: '/srv/copy' },
  });
  const answer = ferryline.get(`jobs/${job.id}/plan`);
  const { run } = await asked.session.hear('scan');
  other.session.say(foreign(run));
  await hasBeenHeard(other);

  asked.session.say(entries(run, 'of-the-asked'));

  const plan = JSON.stringify(await answer);
  expect(plan).toContain('of-the-asked');
  expect(plan).not.toContain('of-the-other');
});

const failure = { code: 'SOURCE_NOT_FOUND', message: 'Nothing is there.' } as const;

function listing(request: number, name: string): object {
  return { type: 'listing', request, entries: [{ name, kind: 'file', size: 1 }], more: false, unlisted: 0 };
}

function entries(run: number, name: string): object {
  const identity = { dev: '1', ino: '1', size: 1, mtimeNs: '0', ctimeNs: '0' };
  const file = { kind: 'file', names: [name], mode: 0o644, mtimeNs: '0', identity };
  return { type: 'entries', run, page: 0, entries: [file], skipped: [], last: true };
}

async function newParty(): Promise<Party> {
  agents += 1;
  const name = `agent-${agents}`;
  const { token } = await ferryline.post<{ token: string }>('tokens', { agent: name });
  const session = await Stranger.connect(ferryline.hubUrl, token, ROOTS);
  if (session.welcome === undefined) throw new Error('the agent was not welcomed');
  return { id: session.welcome.agent.id, name, session };
}

/** The hub has heard all that an agent said: it hears everything in order, and this last. */
async function hasBeenHeard({ id }: Party): Promise<void> {
  expect(await ferryline.post(`agents/${id}/test`, {})).toMatchObject({ roundTripMs: expect.any(Number) });
}
