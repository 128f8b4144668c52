import type { AgentMessage } from '@ferryline/engine';
import { expect, test } from 'vitest';
import { WorkSigns } from './work-signs.ts';

test('work is told of every ten seconds while there is some, each transfer once', () => {
  const said: AgentMessage[] = [];
  let nowMs = 0;
  const signs = new WorkSigns(
    (message) => said.push(message),
    () => nowMs,
  );

  for (; nowMs <= 20_000; nowMs += 100) signs.worked({ transfer: nowMs < 5_000 ? 1 : 2, attempt: 1 });

  expect(said).toEqual([
    {
      type: 'working',
      transfers: [
        { transfer: 1, attempt: 1 },
        { transfer: 2, attempt: 1 },
      ],
    },
  ]);
  signs.worked({ transfer: 3, attempt: 1 });
  expect(said).toHaveLength(2);
});

test('work that is done quickly is not told of', () => {
  const said: AgentMessage[] = [];
  const signs = new WorkSigns(
    (message) => said.push(message),
    () => 0,
  );

  for (let transfer = 1; transfer <= 5_000; transfer += 1) signs.worked({ transfer, attempt: 1 });

  expect(said).toEqual([]);
});
