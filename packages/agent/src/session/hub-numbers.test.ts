import type { HubMessage } from '@ferryline/engine';
import { pino } from 'pino';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import type { Destination } from '../destination/destination.ts';
import type { TreeWork } from '../destination/tree-work.ts';
import type { DirectoryTree } from '../paths/directory-tree.ts';
import { boundedWindowBytes } from './hub-numbers.ts';
import { liveSession } from './session.ts';
import type { Transport, TransportListener } from './transport.ts';

beforeEach(() => {
  vi.useFakeTimers();
});

afterEach(() => {
  vi.useRealTimers();
});

/** After how many milliseconds of silence an agent leaves a hub that says it pings this often. */
async function leavesAfter(heartbeatMs: number): Promise<number> {
  let hub: TransportListener | undefined;
  const transport: Transport = {
    connect: async (listener) => {
      hub = listener;
      return {
        sendMessage: () => undefined,
        openLane: () => undefined,
        sendFrame: async () => undefined,
        close: async (reason) => listener.closed(reason),
      };
    },
  };
  const session = liveSession(
    {
      transport,
      hello: () => ({}) as ReturnType<Parameters<typeof liveSession>[0]['hello']>,
      // Nothing but the welcome is said here.
      tree: {} as DirectoryTree,
      destination: { attach: () => undefined } as Partial<Destination> as Destination,
      treeWork: {} as TreeWork,
      logger: pino({ level: 'silent' }),
      onWelcome: () => undefined,
    },
    new AbortController().signal,
  );
  await vi.advanceTimersByTimeAsync(0);
  const agent = { id: 1, name: 'web-01' };
  const welcome: HubMessage = { type: 'welcome', session: 'a session', protocolVersion: 1, agent, heartbeatMs };
  const before = Date.now();
  hub?.message(welcome);
  await vi.runAllTimersAsync();
  await session;
  return Date.now() - before;
}

describe('A49: a hub that says it pings', () => {
  test.each([
    ['never', Number.MAX_SAFE_INTEGER, 900_000],
    ['every ten seconds', 10_000, 30_000],
    ['every millisecond', 1, 3_000],
  ])(
    'A49: %s is left when it has been silent for as long as the agent sees fit',
    async (_how, heartbeatMs, silenceMs) => {
      expect(await leavesAfter(heartbeatMs)).toBe(silenceMs);
    },
  );
});

test('A49: no window that a hub names is beyond 1 GiB', () => {
  expect(boundedWindowBytes(Number.MAX_SAFE_INTEGER)).toBe(1024 ** 3);
  expect(boundedWindowBytes(4_096)).toBe(4_096);
});
