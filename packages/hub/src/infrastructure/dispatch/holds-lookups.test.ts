import { beforeEach, expect, test } from 'vitest';
import { HoldsLookups } from './holds-lookups.ts';

let done: string[];
let work: Promise<void>;
let lookups: HoldsLookups;

beforeEach(() => {
  done = [];
  work = Promise.resolve();
  lookups = new HoldsLookups(enqueue, async (agentId, refs) => {
    if (agentId === 13) throw new Error('the database is away');
    done.push(`agent ${agentId}: ${refs.length}`);
  });
});

test('A53: what others ask of the database comes between the pages of an agent that holds much', async () => {
  for (let page = 0; page < 3; page += 1) lookups.add(1, refs(1_000));
  enqueue(async () => void done.push('a record'));
  enqueue(async () => void done.push('another record'));

  await allWork();

  expect(done).toEqual(['agent 1: 1000', 'a record', 'another record', 'agent 1: 1000', 'agent 1: 1000']);
});

test('nothing is looked up for an agent that has gone', async () => {
  lookups.add(1, refs(1));
  lookups.add(1, refs(2));
  lookups.add(2, refs(3));

  lookups.forget(1);
  await allWork();

  expect(done).toEqual(['agent 1: 1', 'agent 2: 3']);
});

test('A51: an agent that says without end what it holds fills no memory', async () => {
  for (let page = 0; page < 300; page += 1) lookups.add(1, refs(1_000));
  lookups.add(2, refs(5));

  await allWork();
  lookups.add(1, refs(7));
  await allWork();

  expect(done.filter((each) => each === 'agent 1: 1000')).toHaveLength(201);
  expect(done.slice(-2)).toEqual(['agent 2: 5', 'agent 1: 7']);
});

test('a page that the database fails does not keep the others waiting', async () => {
  lookups.add(13, refs(1));
  lookups.add(2, refs(2));

  await allWork();

  expect(done).toEqual(['agent 2: 2']);
});

function enqueue(next: () => Promise<void>): void {
  work = work.then(next).catch(() => undefined);
}

/** Resolves when nothing is left, what was added meanwhile included. */
async function allWork(): Promise<void> {
  for (let seen: Promise<void> | undefined; seen !== work; ) {
    seen = work;
    await seen;
  }
}

function refs(count: number): readonly { transfer: number; attempt: number }[] {
  return Array.from({ length: count }, (_, at) => ({ transfer: at + 1, attempt: 1 }));
}
