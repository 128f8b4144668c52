import { FerryError } from '@ferryline/engine';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { TokenWatch } from './token-watch.ts';

let watch: TokenWatch;
let invalid: Set<number>;
let questions: (readonly number[])[];
let failures: unknown[];
let isDown: boolean;
let all: { tokenId: number; refuse(error: FerryError): void }[];
let refused: string[];

beforeEach(() => {
  vi.useFakeTimers();
  [invalid, questions, failures, isDown, all, refused] = [new Set(), [], [], false, [], []];
  watch = new TokenWatch({
    sessions: {
      get all() {
        return all;
      },
    },
    tokens: {
      async refusals(ids) {
        questions.push(ids);
        if (isDown) throw new Error('the database is away');
        return new Map(
          ids.filter((id) => invalid.has(id)).map((id) => [id, new FerryError('UNAUTHENTICATED', `token ${id}`)]),
        );
      },
    },
    onFailure: (thrown) => failures.push(thrown),
  });
});

afterEach(async () => {
  vi.useRealTimers();
  await watch.close();
});

describe('A73: every half minute', () => {
  test('a session ends whose token expired, or was revoked or removed elsewhere, and no other', async () => {
    open(1, 2, 3);
    invalid.add(2);

    await vi.advanceTimersByTimeAsync(30_000);

    expect(refused).toEqual(['token 2']);
  });

  test('one question is asked for all sessions, and none when there is none', async () => {
    await vi.advanceTimersByTimeAsync(30_000);
    open(1, 1, 2);

    await vi.advanceTimersByTimeAsync(30_000);

    expect(questions).toEqual([[1, 2]]);
  });

  test('it is asked again after the database was away', async () => {
    open(1);
    invalid.add(1);
    isDown = true;
    await vi.advanceTimersByTimeAsync(30_000);
    isDown = false;

    await vi.advanceTimersByTimeAsync(30_000);

    expect(failures).toHaveLength(1);
    expect(refused).toEqual(['token 1']);
  });
});

function open(...tokenIds: readonly number[]): void {
  all = tokenIds.map((tokenId) => ({ tokenId, refuse: ({ message }) => void refused.push(message) }));
}
