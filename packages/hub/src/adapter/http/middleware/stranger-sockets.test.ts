import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import { createServer as createSecureServer } from 'node:https';
import { type AddressInfo, connect, type Socket } from 'node:net';
import { text } from 'node:stream/consumers';
import { connect as connectTls } from 'node:tls';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { migratedDatabase } from '../../../infrastructure/db/temporary-database.ts';
import { makeSelfSignedCertificate } from '../../../infrastructure/tls/self-signed-certificate.ts';
import type { Database } from '../../sql/schema.ts';
import { buildExampleHub } from '../example-hub.ts';
import { StrangerSockets } from './stranger-sockets.ts';

let server: Server;

beforeEach(() => {
  server = createServer();
});

afterEach(async () => {
  server.closeAllConnections();
  server.close();
  await once(server, 'close');
});

async function listen(strangers: StrangerSockets): Promise<void> {
  strangers.watch(server);
  await once(server.listen(0, '127.0.0.1'), 'listening');
}

/** Opens a connection that asks for nothing; resolves when the server has it. */
async function hold(): Promise<Socket> {
  const taken = once(server, 'connection');
  const socket = connect((server.address() as AddressInfo).port, '127.0.0.1');
  socket.on('error', () => undefined);
  await taken;
  return socket;
}

/** Asks for something over a connection, and reads the answer to its end. */
async function ask(socket: Socket): Promise<string> {
  socket.end('GET / HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n');
  return text(socket);
}

describe('connections of strangers', () => {
  test('A53: beyond what one address may hold cost the oldest of them, and a new one is served', async () => {
    await listen(new StrangerSockets([], { perAddress: 3, total: 100 }));
    server.on('request', (_request, answer) => answer.end('served'));
    const idle = [await hold(), await hold(), await hold()];
    const evicted = once(idle[0] as Socket, 'close');

    const fourth = await hold();

    await evicted;
    expect(await ask(fourth)).toContain('served');
    expect(await ask(idle[1] as Socket)).toContain('served');
  });

  test('A53: beyond what all may hold cost the oldest, also by way of a trusted proxy', async () => {
    await listen(new StrangerSockets(['127.0.0.0/8'], { perAddress: 1, total: 2 }));
    server.on('request', (_request, answer) => answer.end('served'));
    const idle = [await hold(), await hold()];
    const evicted = once(idle[0] as Socket, 'close');

    await hold();

    await evicted;
    expect(await ask(idle[1] as Socket)).toContain('served');
  });

  test('A53: who has shown who they are is no stranger, and keeps the connection', async () => {
    const strangers = new StrangerSockets([], { perAddress: 1, total: 1 });
    await listen(strangers);
    server.on('request', (_request, answer) => answer.end('served'));
    server.once('connection', (socket) => strangers.admit(socket));
    const known = await hold();
    const stranger = await hold();
    const evicted = once(stranger, 'close');

    await hold();

    await evicted;
    expect(await ask(known)).toContain('served');
  });

  test('A53: over TLS, who has shown who they are keeps the connection, and a stranger loses it', async () => {
    const [from, until] = [new Date(Date.now() - 60_000), new Date(Date.now() + 60_000)];
    const { key, certificate } = makeSelfSignedCertificate({ names: ['127.0.0.1'], from, until });
    server = createSecureServer({ key, cert: certificate });
    const strangers = new StrangerSockets([], { perAddress: 1, total: 1 });
    await listen(strangers);
    server.on('request', (_request, answer) => answer.end('served'));
    const { port } = server.address() as AddressInfo;
    const secure = async () => {
      const taken = once(server, 'secureConnection') as Promise<[Socket]>;
      const socket = connectTls({ port, host: '127.0.0.1', ca: certificate });
      socket.on('error', () => undefined);
      const [[there]] = await Promise.all([taken, once(socket, 'secureConnect')]);
      return { socket, there };
    };
    const known = await secure();
    strangers.admit(known.there);
    const stranger = await secure();
    const evicted = once(stranger.socket, 'close');

    const last = await hold();

    await evicted;
    expect(await ask(known.socket)).toContain('served');
    last.destroy();
  });

  test('A53: who signs a request keeps the connection through the hub that 257 strangers wait at', async () => {
    await using database = await migratedDatabase<Database>();
    const hub = buildExampleHub(database.db);
    const admin = await hub.signIn('admin');
    server = hub.app.server;
    await hub.app.listen({ host: '127.0.0.1', port: 0 });
    const known = await hold();
    const head = `Host: h\r\nAuthorization: Bearer ${admin.credential}\r\n`;
    known.write(`GET /api/v1/agents HTTP/1.1\r\n${head}\r\n`);
    await once(known, 'data');
    const strangers = [await hold()];
    const evicted = once(strangers[0] as Socket, 'close');

    for (let held = 1; held < 257; held += 1) strangers.push(await hold());

    await evicted;
    expect(await ask(known)).toContain('HTTP/1.1 404');
  });
});
