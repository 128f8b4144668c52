import { describe, expect, test } from 'vitest';
import { namedHistories } from './named-histories.ts';
import { simulate } from './simulate.ts';

describe('a history that once broke a promise keeps it', () => {
  test.each(namedHistories.map((each) => [each.name, each] as const))('%s', (_name, { scenario }) => {
    expect(() => simulate(scenario)).not.toThrow();
  });
});
