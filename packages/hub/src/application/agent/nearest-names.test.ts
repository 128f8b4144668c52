import { describe, expect, test } from 'vitest';
import { nearestNames } from './nearest-names.ts';

describe('the names nearest to one that is unknown', () => {
  test('are the three likest, the likest first, whatever their case', () => {
    const known = ['vault', 'web-01', 'web-02', 'db-primary', 'Web-1'];

    expect(nearestNames('web-1', known)).toEqual(['Web-1', 'web-01', 'web-02']);
  });
});
