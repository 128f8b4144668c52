import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { monitorEventLoopDelay, performance } from 'node:perf_hooks';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { Ferryline, type RunView } from '../system/ferryline.ts';
import { hello, Stranger } from './stranger.ts';

// What an agent, or anybody, may send to the agents' door.

const MIB = 1024 * 1024;
const NS_PER_MS = 1_000_000;

let ferryline: Ferryline;
let token: string;
let agents = 0;

beforeAll(async () => {
  ferryline = await Ferryline.start();
});
beforeEach(async () => {
  agents += 1;
  ({ token } = await ferryline.post<{ token: string }>('tokens', { agent: `evil-${agents}` }));
});
afterAll(() => ferryline.close());

describe('A47: an upgrade request', () => {
  test.each<[string, readonly string[], RegExp]>([
    [
      'with more than 16 KiB of headers',
      ['a', 'b'].map((name) => `X-${name}: ${'x'.repeat(9_000)}`),
      /^HTTP\/1.1 431 /,
    ],
    // Node reads the first hundred: the token behind them is not among these.
    ['with a thousand headers', Array.from({ length: 1_000 }, (_, at) => `X-${at}: 1`), /^HTTP\/1.1 (401|431) /],
    ['with a protocol that is no name', ['Sec-WebSocket-Protocol: a,,b'], /^HTTP\/1.1 400 /],
    ['with a protocol of 15,000 blanks', [`Sec-WebSocket-Protocol: a${' '.repeat(15_000)}b`], /^HTTP\/1.1 400 /],
    ['with one protocol twice', ['Sec-WebSocket-Protocol: a, a'], /^HTTP\/1.1 400 /],
    ['with a key that is none', ['Sec-WebSocket-Key: x'], /^HTTP\/1.1 400 /],
  ])('%s is refused, and the hub goes on', async (_what, headers, status) => {
    const startedAt = performance.now();

    expect(await answerTo(headers)).toMatch(status);

    expect(performance.now() - startedAt).toBeLessThan(2_000);
    await expectWelcome();
  });
});

describe('A47: a message in pieces', () => {
  test('as small as a network makes them is heard to its end', async () => {
    const socket = await openControl();
    const text = JSON.stringify({ type: 'unknown', filler: 'x'.repeat(MIB) });
    const answered = once(socket, 'data');

    await sendInPieces(socket, Buffer.concat([webSocketFrame(text), webSocketFrame(JSON.stringify(hello()))]), 600);

    expect(String(await answered)).toContain('"type":"welcome"');
    socket.destroy();
  });

  test('of one byte each is not: the connection is closed before they fill the memory', async () => {
    const socket = await openControl();
    const closed = once(socket, 'close');
    const before = (await ferryline.metrics()).get('process_resident_memory_bytes') ?? 0;

    await sendInPieces(socket, webSocketFrame('x'.repeat(100_000)), 1);

    await closed;
    const after = (await ferryline.metrics()).get('process_resident_memory_bytes') ?? 0;
    expect(after - before).toBeLessThan(256 * MIB);
    await expectWelcome();
  });
});

describe('A54: JSON of 4 MiB', () => {
  const half = 2 * MIB - 100;

  test.each([
    ['nested arrays', `{"type":"unknown","deep":${'['.repeat(half)}${']'.repeat(half)}}`],
    ['an object of 300,000 fields', `{"type":"unknown",${Array.from({ length: 300_000 }, (_, at) => `"f${at}":1`)}}`],
  ])('that is %s is refused without keeping the hub from its work', async (_what, text) => {
    const stranger = await Stranger.connect(ferryline.hubUrl, token);
    const parsingMs = timeOf(() => JSON.parse(text));
    const delay = monitorEventLoopDelay({ resolution: 1 });
    delay.enable();

    stranger.say(text);

    expect(await stranger.hear('refused')).toMatchObject({ code: 'PROTOCOL' });
    delay.disable();
    await stranger.ended;
    expect(delay.max / NS_PER_MS).toBeLessThan(parsingMs);
    await expectWelcome();
  });

  test('that takes long to look into has its sender rest, so that it cannot keep on', async () => {
    const evil = await Stranger.connect(ferryline.hubUrl, token);
    const objects = Array.from({ length: 2_000 }, (_, object) => {
      const fields = Array.from({ length: 60 }, (_, field) => `"${(object * 60 + field).toString(36)}":1`);
      return `{${fields.join()}}`;
    });
    const slow = `{"type":"unknown","all":[${objects.join()}]}`;
    const parsingMs = Math.min(...[1, 2, 3].map(() => timeOf(() => JSON.parse(slow))));
    const startedAt = performance.now();

    for (let times = 0; times < 2; times += 1) evil.say(slow);
    evil.say('the end');

    expect(await evil.hear('refused')).toMatchObject({ message: expect.stringContaining('not valid JSON') });
    // It rests four times as long as each of them took.
    expect(performance.now() - startedAt).toBeGreaterThan(5 * parsingMs);
    await evil.ended;
  });
});

describe('A55: names that objects have by themselves', () => {
  const poison = JSON.parse('{"__proto__":{"polluted":1},"constructor":{"prototype":{"polluted":1}}}');

  test('in hello and in entries change nothing but what they are in', async () => {
    const stranger = await Stranger.dial(ferryline.hubUrl, token);
    stranger.say(poisoned(hello({ roots: [{ path: '/srv', access: 'ro', ...poison }] })));
    const { agent, session } = await stranger.hear('welcome');
    await stranger.openLane(session);
    const run = await ferryline.post<RunView>('runs', {
      source: { agent: agent.name, path: '/srv/tree' },
      destination: { agent: agent.name, path: '/srv/copy' },
    });
    const identity = { dev: '1', ino: '1', size: 0, mtimeNs: '0', ctimeNs: '0' };
    const entry = { kind: 'file', names: ['__proto__'], mode: 0o644, mtimeNs: '0', identity };

    if (run.id !== undefined) {
      await stranger.hear('scan');
      stranger.say(poisoned({ type: 'entries', run: run.id, page: 0, skipped: [], last: true, entries: [entry] }));
      await ferryline.runWhen(run.id, ({ state }) => state !== 'planning');
    }

    expect(Reflect.get({}, 'polluted')).toBeUndefined();
    expect(JSON.stringify(await ferryline.get('agents?limit=200'))).not.toContain('polluted');
    await stranger.leave();
  });

  /** The object with fields that only text can spell. */
  function poisoned(message: object): string {
    return JSON.stringify(message).replaceAll(
      '{',
      '{"__proto__":{"polluted":1},"constructor":{"prototype":{"polluted":1}},',
    );
  }
});

function timeOf(work: () => void): number {
  const startedAt = performance.now();
  work();
  return performance.now() - startedAt;
}

async function expectWelcome(): Promise<void> {
  const other = await ferryline.post<{ token: string }>('tokens', { agent: `honest-${agents}` });
  await (await Stranger.connect(ferryline.hubUrl, other.token)).leave();
}

/** The status line and headers with which the hub answers an upgrade request that has these headers before the token. */
async function answerTo(headers: readonly string[]): Promise<string> {
  const socket = connect(Number(ferryline.hubUrl.port), '127.0.0.1');
  socket.on('error', () => undefined);
  socket.write(upgradeRequest(headers));
  const [data] = await once(socket, 'data');
  socket.destroy();
  return String(data);
}

function upgradeRequest(headers: readonly string[]): string {
  const has = (name: string): boolean => headers.some((header) => header.startsWith(`${name}:`));
  return [
    'GET /ws/agent HTTP/1.1',
    'Host: 127.0.0.1',
    'Connection: Upgrade',
    'Upgrade: websocket',
    'Sec-WebSocket-Version: 13',
    ...(has('Sec-WebSocket-Key') ? [] : ['Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==']),
    ...headers,
    `Authorization: Bearer ${token}`,
    '\r\n',
  ].join('\r\n');
}

async function openControl(): Promise<Socket> {
  const socket = connect(Number(ferryline.hubUrl.port), '127.0.0.1');
  socket.setNoDelay(true);
  socket.on('error', () => undefined);
  socket.write(upgradeRequest([]));
  const [data] = await once(socket, 'data');
  expect(String(data)).toMatch(/^HTTP\/1.1 101 /);
  return socket;
}

/** One whole text message (RFC 6455 section 5.2), masked with zeros. */
function webSocketFrame(text: string): Buffer {
  const header = Buffer.alloc(14);
  header.writeUInt8(0x81, 0);
  header.writeUInt8(0xff, 1);
  header.writeBigUInt64BE(BigInt(Buffer.byteLength(text)), 2);
  return Buffer.concat([header, Buffer.from(text)]);
}

/** Hub and test share a process: what is written in one turn is read in the next, by itself. */
async function sendInPieces(socket: Socket, bytes: Buffer, pieceBytes: number): Promise<void> {
  for (let at = 0; at < bytes.length && !socket.destroyed; at += pieceBytes) {
    socket.write(bytes.subarray(at, at + pieceBytes));
    await new Promise(setImmediate);
  }
}
