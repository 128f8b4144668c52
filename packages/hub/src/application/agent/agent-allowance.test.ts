import { expect, test } from 'vitest';
import { AgentAllowance } from './agent-allowance.ts';

test('each agent may so often within any minute', () => {
  const allowance = new AgentAllowance(3);
  const take = (agentId: number, ...seconds: readonly number[]): readonly boolean[] =>
    seconds.map((second) => allowance.take(agentId, second * 1_000));

  expect(take(1, 0, 30, 59, 59.9, 60, 61, 89, 90)).toEqual([true, true, true, false, true, false, false, true]);
  expect(take(2, 59, 59, 59, 59)).toEqual([true, true, true, false]);
});
