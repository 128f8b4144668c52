import { once } from 'node:events';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { type WebSocket, WebSocketServer } from 'ws';
import { PlayedHub } from '../polling/played-hub.ts';
import { HubSockets } from './hub-sockets.ts';
import { WebSocketLane } from './websocket-lane.ts';

let hub: PlayedHub;

beforeEach(async () => {
  vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] });
  hub = await PlayedHub.start();
});

afterEach(async () => {
  vi.useRealTimers();
  await hub[Symbol.asyncDispose]();
});

test('F18: a lane that has nothing to carry carries a ping every 15 s, until it is closed', async () => {
  const lost = Promise.withResolvers<string>();
  const listener = { message: () => undefined, laneMessage: () => undefined, lost: lost.resolve };
  const sockets = new HubSockets(hub.url, 'token');
  const lane = new WebSocketLane((session) => sockets.dialLane({ session }), listener);
  lane.open('a session');
  const { request, socket, head } = await hub.nextUpgrade();
  const server = new WebSocketServer({ noServer: true });
  const accepted = await new Promise<WebSocket>((resolve) => {
    server.handleUpgrade(request, socket, head, resolve);
  });
  await vi.waitUntil(() => vi.getTimerCount() > 0, { interval: 1 });

  for (let ping = 0; ping < 3; ping += 1) {
    const pinged = once(accepted, 'ping');
    vi.advanceTimersByTime(15_000);
    await pinged;
  }

  lane.close();
  expect(vi.getTimerCount()).toBe(0);
  await lost.promise;
});
