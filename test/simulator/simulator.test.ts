import { describe, expect, test } from 'vitest';
import { search } from './search.ts';

/** What every change must survive; `npm run simulate` lives more, and others. */
const HISTORIES = 5_000;
const SEED = 1;

describe('the three cores, in a world where everything breaks', () => {
  test(`keep their promises in ${HISTORIES} histories, each lived twice, and meet every interesting case`, () => {
    const found = search({ histories: HISTORIES, seed: SEED });

    expect(found.failure).toBeUndefined();
    expect(found.sightings.missing).toEqual([]);
  }, 300_000);
});
