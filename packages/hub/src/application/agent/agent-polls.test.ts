import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { AgentPolls } from './agent-polls.ts';

let recorded: [number, Date][][];
let failures: unknown[];
let isDown: boolean;
let polls: AgentPolls;

beforeEach(() => {
  vi.useFakeTimers({ now: 0 });
  [recorded, failures, isDown] = [[], [], false];
  polls = new AgentPolls({
    agents: {
      async updateLastPoll(some) {
        if (isDown) throw new Error('the database is away');
        recorded.push([...some]);
      },
    },
    now: () => new Date(),
    onFailure: (thrown) => failures.push(thrown),
  });
});
afterEach(async () => {
  await polls.close();
  vi.useRealTimers();
});

test('what agents poll within a minute is recorded once, with the moment of each last one', async () => {
  for (const [seconds, agentId] of [[10, 1], [20, 2], [30, 1]] as const) await pollAt(seconds, agentId); // biome-ignore format: a list reads best in one line
  expect(recorded).toEqual([]);

  await vi.advanceTimersByTimeAsync(30_000);
  await vi.advanceTimersByTimeAsync(60_000);

  expect(recorded.map((some) => some.map(([id, at]) => [id, at.getTime() / 1_000]))).toEqual([[[1, 30], [2, 20]]]); // biome-ignore format: a list reads best in one line
});

test('what was not recorded yet is when the hub stops', async () => {
  await pollAt(10, 1);

  await polls.close();

  expect(recorded).toHaveLength(1);
});

test('a database that is away costs that minute, and no more', async () => {
  isDown = true;
  await pollAt(10, 1);
  await vi.advanceTimersByTimeAsync(60_000);
  isDown = false;
  await pollAt(80, 1);

  await vi.advanceTimersByTimeAsync(60_000);

  expect(failures).toHaveLength(1);
  expect(recorded).toHaveLength(1);
});

async function pollAt(seconds: number, agentId: number): Promise<void> {
  await vi.advanceTimersByTimeAsync(seconds * 1_000 - Date.now());
  polls.note(agentId);
}
