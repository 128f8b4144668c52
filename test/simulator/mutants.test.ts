import { describe, expect, test } from 'vitest';
import { mutantNames, mutants } from './mutant.ts';
import { search } from './search.ts';

describe('a mistake that the shells make is seen', () => {
  test.each(mutantNames)(
    'when %s',
    (mutant) => {
      const { histories, kinds } = mutants[mutant];

      const found = search({ histories, kinds, mutant, seed: 1, shrink: false });

      expect(found.failure).toBeDefined();
    },
    120_000,
  );
});
