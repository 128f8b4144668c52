import type { HubMessage } from '@ferryline/engine';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { PollingLine } from '../polling/polling-line.ts';
import { AgentSession } from './agent-session.ts';

const MIB = 1024 * 1024;
const HEARTBEAT_MS = 15_000;
const nobodyGone = new AbortController().signal;
const opener = { agent: { id: 1, name: 'web-01' }, token: { id: 1 } };

let line: PollingLine;
let session: AgentSession;
let closed: string[];

beforeEach(() => {
  vi.useFakeTimers();
  closed = [];
  line = new PollingLine();
  session = new AgentSession(line, opener, '192.0.2.1', HEARTBEAT_MS, {
    hello: async () => session.welcome(1),
    message: () => undefined,
    laneMessage: () => undefined,
    refused: () => undefined,
    closed: (_session, reason) => void closed.push(reason),
  });
  line.greet(Buffer.from(JSON.stringify(hello)));
});
afterEach(() => {
  session.close('the test is over');
  vi.useRealTimers();
});

const hello = {
  type: 'hello',
  protocolVersions: [1],
  agentVersion: '0.1.0',
  host: 'web-01',
  os: 'linux',
  arch: 'x64',
  instance: '0b54c1aa93d0',
  roots: [{ path: '/srv', access: 'ro' }],
  holds: [],
};

describe('a session by polling', () => {
  test('A51: that does not fetch is over before 5,000 messages fill the memory, and frees it', () => {
    let most = 0;
    for (let count = 0; count < 5_000; count += 1) {
      session.sendMessage(messageOf(20 * 1024));
      most = Math.max(most, line.unreadBytes);
    }

    expect(closed).toEqual(['the agent does not read what the hub says']);
    expect(most).toBeGreaterThan(63 * MIB);
    expect(most).toBeLessThan(65 * MIB);
    expect(line.unreadBytes).toBe(0);
  });

  test('that fetches hears 5,000 messages in order, and none of them waits afterwards', async () => {
    const heard: unknown[] = [];
    for (let count = 0; count < 5_000; count += 1) session.sendMessage({ type: 'cancelScan', run: count + 1 });

    for (let after = 0; heard.length < 5_000; after += 1) {
      const found = await line.poll(after, nobodyGone);
      heard.push(...(found?.answer ?? []).map((text) => JSON.parse(text).run));
      if (heard.length === 5_000) await line.poll(after + 1, AbortSignal.abort());
    }

    expect(heard).toEqual(Array.from({ length: 5_000 }, (_, at) => at + 1));
    expect(line.unreadBytes).toBe(0);
  });

  test('that only polls, and says nothing, is over after three heartbeats', async () => {
    await line.opened;
    for (let beats = 0; beats < 3; beats += 1) {
      await vi.advanceTimersByTimeAsync(HEARTBEAT_MS);
      await line.poll(beats, nobodyGone);
    }
    expect(closed).toEqual([]);

    await vi.advanceTimersByTimeAsync(HEARTBEAT_MS);

    expect(closed).toEqual(['3 heartbeats went unanswered']);
  });
});

function messageOf(bytes: number): HubMessage {
  return { type: 'scan', run: 1, path: { root: 'x'.repeat(bytes), names: [] } };
}
