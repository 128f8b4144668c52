import { once } from 'node:events';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pino } from 'pino';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import WebSocket from 'ws';
import { Ferryline, hubHttpSettings, type RunView } from '../system/ferryline.ts';
import { answerTo, chunkFrame } from './frame.ts';
import type { Reception } from './messages.ts';
import { hello, Stranger } from './stranger.ts';

// What the hub writes down of agents: in the audit chain, and in its log.

interface AuditEvent {
  readonly action: string;
  readonly actor: object;
  readonly object: object;
  readonly details: Readonly<Record<string, unknown>>;
}

let ferryline: Ferryline;
let lines: string[];
let token: string;

beforeEach(async () => {
  lines = [];
  const logger = pino({ level: 'trace' }, { write: (line: string) => void lines.push(line) });
  ferryline = await Ferryline.start({ http: { ...hubHttpSettings, trustedProxies: ['127.0.0.1'] } }, logger);
  ({ token } = await ferryline.post<{ token: string }>('tokens', { agent: 'web-01' }));
});
afterEach(() => ferryline.close());

describe('on record is', () => {
  test('A24: an agent that sends chunks of a transfer of others, which goes on', async () => {
    await mkdir(join(ferryline.folder, 'vault'));
    await ferryline.startAgent('source', [`${join(ferryline.folder, 'source')}:ro`]);
    const { token: vaultToken } = await ferryline.post<{ token: string }>('tokens', { agent: 'vault' });
    const vault = await Stranger.connect(ferryline.hubUrl, vaultToken, [{ path: '/vault', access: 'rw' }]);
    const evil = await Stranger.connect(ferryline.hubUrl, token);
    await writeFile(join(ferryline.folder, 'source', 'file'), 'good');
    await ferryline.post<RunView>('runs', {
      source: { agent: 'source', path: join(ferryline.folder, 'source', 'file') },
      destination: { agent: 'vault', path: '/vault/file' },
    });
    const { transfer, attempt } = await reception(vault);
    vault.say({ type: 'receiving', transfers: [{ transfer, attempt, held: [] }] });
    const chunk = await vault.hearFrame();

    evil.sendFrames(chunkFrame(Buffer.from('evil'), { transfer, attempt }));

    await evil.ended;
    const [event] = await refusals(1);
    expect(event).toMatchObject({
      actor: { kind: 'agent', name: 'web-01', address: '127.0.0.1' },
      object: { kind: 'agent', name: 'web-01' },
      details: { reason: expect.stringContaining('not yours to send') },
    });
    expect(logged('agent refused')).toMatchObject([{ agent: 'web-01', code: 'PROTOCOL' }]);
    vault.sendFrames(answerTo(chunk, 'ack'));
    expect(await vault.hear('finish')).toMatchObject({ transfers: [{ transfer }] });
    expect(vault.unheardFrames).toBe(0);
    await vault.leave();
  });

  test('A26: an agent that plays the other end', async () => {
    await ferryline.startBothAgents();
    const evil = await Stranger.connect(ferryline.hubUrl, token, [{ path: '/srv', access: 'rw' }]);
    await writeFile(join(ferryline.folder, 'source', 'file'), 'good');
    await ferryline.post<RunView>('runs', {
      source: { agent: 'source', path: join(ferryline.folder, 'source', 'file') },
      destination: { agent: 'web-01', path: '/srv/file' },
    });
    const { transfer, attempt } = await reception(evil);

    evil.sendFrames(chunkFrame(Buffer.from('evil'), { transfer, attempt }));

    await evil.ended;
    expect(await refusals(1)).toMatchObject([{ details: { reason: expect.stringContaining('not yours to send') } }]);
  });

  test('that an agent breaks the protocol again and again only a few times a minute', async () => {
    for (let times = 0; times < 8; times += 1) {
      const evil = await Stranger.dial(ferryline.hubUrl, token);
      evil.say('no JSON');
      await evil.ended;
    }

    expect(await refusals(5)).toHaveLength(5);
    expect(logged('agent refused')).toHaveLength(5);
  });

  test('F33: once, a second machine that comes again and again with the token of an agent that is connected', async () => {
    const first = await Stranger.connect(ferryline.hubUrl, token);
    for (let times = 0; times < 3; times += 1) {
      const second = await dialFrom('203.0.113.5');
      second.say(hello({ host: 'another' }));
      expect(await second.hear('refused')).toMatchObject({ code: 'CONFLICT' });
      await second.ended;
    }

    expect(await refusals(1)).toMatchObject([
      {
        actor: { kind: 'agent', name: 'web-01', address: '203.0.113.5' },
        object: { kind: 'agent', name: 'web-01' },
        details: { code: 'CONFLICT', reason: expect.stringContaining('already connected, from 127.0.0.1') },
      },
    ]);
    expect(logged('agent refused')).toMatchObject([{ agent: 'web-01', address: '203.0.113.5', code: 'CONFLICT' }]);
    await first.leave();
  });

  test('which roots an agent opened or closed since it was here last', async () => {
    const connect = async (roots: Parameters<typeof Stranger.connect>[2]): Promise<void> =>
      (await Stranger.connect(ferryline.hubUrl, token, roots)).leave();
    await connect([{ path: '/srv', access: 'ro' }]);
    await connect([{ path: '/srv', access: 'ro' }]);
    expect(await audited('agent.rootsChanged')).toEqual([]);

    await connect([
      { path: '/srv', access: 'rw' },
      { path: '/home', access: 'ro' },
    ]);

    expect(await audited('agent.rootsChanged')).toMatchObject([
      {
        actor: { kind: 'agent', name: 'web-01' },
        details: { before: 1, after: 2, added: ['/srv:rw', '/home:ro'], removed: ['/srv:ro'] },
      },
    ]);
  });

  test('the address of an agent behind a trusted proxy', async () => {
    const headers = { authorization: `Bearer ${token}`, 'x-forwarded-for': '1.1.1.1, 203.0.113.5' };
    const behind = new WebSocket(new URL('/ws/agent', ferryline.hubUrl), { headers });
    await once(behind, 'open');
    behind.send(JSON.stringify(hello()));
    await once(behind, 'message');

    expect(await ferryline.get('agents')).toMatchObject({ items: [{ name: 'web-01', address: '203.0.113.5' }] });
    expect(logged('agent connected')).toMatchObject([{ address: '203.0.113.5' }]);
    behind.terminate();
  });
});

describe('A67: whatever an agent says of itself', () => {
  const evil = '\n{"level":60,"msg":"forged"}\r\n\u001b[31m\u2028\u202e';

  test.each<[string, object | string]>([
    ['as its name', { host: evil, os: evil, arch: evil, agentVersion: evil, instance: evil }],
    ['as the path of a root', { roots: [{ path: evil.repeat(60), access: 'ro' }] }],
    ['as a list of roots', { roots: Array.from({ length: 256 }, (_, at) => ({ path: `${at}${evil}`, access: 'rw' })) }],
  ])('%s, one event stays one line that is not long', async (_where, fields) => {
    const first = await Stranger.connect(ferryline.hubUrl, token);
    await first.leave();
    const stranger = await Stranger.dial(ferryline.hubUrl, token);
    stranger.say(hello(fields as object));
    await stranger.hear('welcome');
    stranger.say({ type: evil });
    stranger.say({
      type: 'failed',
      transfers: [{ transfer: 1, attempt: 1, code: 'INTERNAL', message: evil.repeat(100) }],
    });
    stranger.say({ type: 'runFailed', run: 1, code: 'INTERNAL', message: evil.repeat(100) });
    stranger.say({ type: 'finished', transfers: [{ transfer: evil }] });

    await stranger.ended;

    await expect.poll(() => logged('agent disconnected')).toHaveLength(2);
    await refusals(1);
    expectTameLines();
    const texts = textsIn(await audited('agent'));
    expect(texts.filter((text) => /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u.test(text))).toEqual([]);
    expect(texts.join('').length).toBeLessThan(32_000);
  });

  test('instead of a message, one event stays one line that is not long', async () => {
    const stranger = await Stranger.dial(ferryline.hubUrl, token);
    stranger.say(evil.repeat(1_000));

    await stranger.ended;

    await refusals(1);
    expectTameLines();
  });
});

/** Comes through the trusted proxy. */
function dialFrom(address: string): Promise<Stranger> {
  return Stranger.dial(ferryline.hubUrl, token, { 'x-forwarded-for': address });
}

/** The one transfer that the hub asks to receive. */
async function reception(destination: Stranger): Promise<Reception> {
  const [first] = (await destination.hear('receive')).transfers;
  if (first === undefined) throw new Error('Nothing is to be received.');
  return first;
}

/** Every text anywhere in it. */
function textsIn(value: unknown): readonly string[] {
  if (typeof value === 'string') return [value];
  return typeof value === 'object' && value !== null ? Object.values(value).flatMap(textsIn) : [];
}

/** Every line is one JSON object of ours, and bounded. */
function expectTameLines(): void {
  for (const line of lines) {
    expect(line.indexOf('\n')).toBe(line.length - 1);
    expect(JSON.parse(line)).toMatchObject({ msg: expect.not.stringContaining('forged'), level: expect.any(Number) });
    expect(line.length).toBeLessThan(4_096);
  }
}

function logged(message: string): readonly Readonly<Record<string, unknown>>[] {
  return lines.map((line) => JSON.parse(line)).filter(({ msg }) => msg === message);
}

async function audited(action: string): Promise<readonly AuditEvent[]> {
  return (await ferryline.get<{ items: readonly AuditEvent[] }>(`audit?action=${action}&limit=200`)).items;
}

/** The refusals of agents, when there are so many. */
async function refusals(count: number): Promise<readonly AuditEvent[]> {
  await expect.poll(async () => (await audited('agent.refused')).length).toBeGreaterThanOrEqual(count);
  return audited('agent.refused');
}
