import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { MAX_CONTROL_MESSAGE_BYTES } from '@ferryline/engine';
import { afterEach, describe, expect, test } from 'vitest';
import { type WebSocket, WebSocketServer } from 'ws';
import { HubSockets } from './websocket/hub-sockets.ts';
import { WebSocketTransport } from './websocket-transport.ts';

const servers: Server[] = [];

afterEach(async () => {
  for (const server of servers.splice(0)) {
    server.closeAllConnections();
    server.close();
    await once(server, 'close');
  }
});

async function listening(server: Server): Promise<URL> {
  servers.push(server);
  await once(server.listen(0, '127.0.0.1'), 'listening');
  return new URL(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
}

/** Connects to a hub that does this to whoever says something; resolves with the reason for which the agent hung up. */
async function hungUp(attack: (socket: WebSocket) => void): Promise<string> {
  const server = createServer();
  const sockets = new WebSocketServer({ server });
  sockets.on('connection', (socket) => {
    socket.on('error', () => undefined);
    socket.once('message', () => attack(socket));
  });
  const { promise, resolve } = Promise.withResolvers<string>();
  const listener = { message: () => resolve('it took the message'), frame: () => undefined, closed: resolve };
  const transport = new WebSocketTransport(new HubSockets(await listening(server), 'token'));
  const connection = await transport.connect(listener, new AbortController().signal);
  connection.sendMessage({ type: 'pong', nonce: '' });
  const reason = await promise;
  for (const socket of sockets.clients) socket.terminate();
  return reason;
}

describe('a hub that attacks its agents', () => {
  test('A46: with a control message that is too large is left before that is read', async () => {
    const ping = JSON.stringify({ type: 'ping', nonce: '1' });

    expect(await hungUp((socket) => socket.send(ping.padEnd(MAX_CONTROL_MESSAGE_BYTES + 1)))).toMatch(/max payload/i);
  });

  test('A47: with a message in very many pieces is left', async () => {
    const reason = await hungUp((socket) => {
      const ping = JSON.stringify({ type: 'ping', nonce: '1' }).padEnd(65);
      for (const [at, piece] of [...ping].entries()) socket.send(piece, { fin: at === 64 });
    });

    expect(reason).toMatch(/fragments/i);
  });

  test('A49: by sending them elsewhere is not followed, and no token goes there', async () => {
    const asked: unknown[] = [];
    const elsewhere = createServer().on('upgrade', (request, socket) => {
      asked.push(request.headers.authorization);
      socket.destroy();
    });
    const target = await listening(elsewhere);
    const redirecting = createServer().on('upgrade', (_request, socket) => {
      socket.end(`HTTP/1.1 302 Found\r\nLocation: ws://${target.host}/ws/agent\r\nContent-Length: 0\r\n\r\n`);
    });
    const transport = new WebSocketTransport(new HubSockets(await listening(redirecting), 'token'));
    const listener = { message: () => undefined, frame: () => undefined, closed: () => undefined };

    await expect(transport.connect(listener, new AbortController().signal)).rejects.toMatchObject({
      code: 'AGENT_OFFLINE',
      message: expect.stringContaining('HTTP 302'),
    });
    expect(asked).toEqual([]);
  });
});
