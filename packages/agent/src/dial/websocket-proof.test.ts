import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { WebSocketServer } from 'ws';
import { HubDialer } from './hub-dialer.ts';
import { proveWebSocket } from './websocket-proof.ts';

/** What a hub is asked and told on its control connections, in order. */
let heard: string[];
let accepts: boolean;
let server: ReturnType<typeof createServer>;
let url: URL;

beforeEach(async () => {
  [heard, accepts] = [[], true];
  server = createServer();
  const sockets = new WebSocketServer({ noServer: true });
  server.on('upgrade', (request, socket, head) => {
    heard.push(`${request.url} ${request.headers.authorization}`);
    if (!accepts) {
      socket.end('HTTP/1.1 401 Unauthorized\r\nContent-Type: text/plain\r\nContent-Length: 5\r\n\r\nnever');
      return;
    }
    sockets.handleUpgrade(request, socket, head, (control) => {
      control.on('ping', () => heard.push('ping'));
      control.on('message', () => heard.push('message'));
      control.on('close', (code) => heard.push(`closed ${code}`));
      control.on('close', () => server.emit('left'));
    });
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  url = new URL(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
});
afterEach(async () => {
  server.closeAllConnections();
  await once(server.close(), 'close');
});

function prove(token?: string, signal = AbortSignal.timeout(10_000)) {
  return proveWebSocket(url, { dialer: new HubDialer(url), token, signal });
}

describe('proveWebSocket', () => {
  test('pings and leaves, and says no word on the control connection', async () => {
    const left = once(server, 'left');

    expect(await prove('frl_a')).toEqual({
      kind: 'through',
      handshakeMs: expect.any(Number),
      pongMs: expect.any(Number),
    });
    await left;
    expect(heard).toEqual(['/ws/agent Bearer frl_a', 'ping', 'closed 1005']);
  });

  test('says with what it was refused', async () => {
    accepts = false;

    expect(await prove()).toEqual({ kind: 'refused', status: 401, contentType: 'text/plain', body: 'never' });
    expect(heard).toEqual(['/ws/agent undefined']);
  });

  test('does not throw where nothing listens, or when it is told to stop', async () => {
    const stopped = await prove('frl_a', AbortSignal.abort(new DOMException('', 'TimeoutError')));
    server.closeAllConnections();
    await once(server.close(), 'close');
    const gone = await prove('frl_a');
    await once(server.listen(0, '127.0.0.1'), 'listening');

    expect(stopped).toEqual({ kind: 'failed', why: 'no answer came in time' });
    expect(gone).toEqual({ kind: 'failed', why: 'nothing listens there' });
  });
});
