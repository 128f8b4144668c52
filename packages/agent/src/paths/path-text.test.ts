import { describe, expect, test } from 'vitest';
import { pathText } from './path-text.ts';

describe('pathText', () => {
  test.each([
    ['/srv', [], '/srv'],
    ['/srv', ['a', 'b c'], '/srv/a/b c'],
    ['/', [], '/'],
    ['/', ['a'], '/a'],
  ])('writes %j and %j as %j', (root, names, text) => {
    expect(pathText({ root, names })).toBe(text);
  });

  test('shows the end of a path that no message could carry', () => {
    const text = pathText({ root: '/srv', names: [...Array.from({ length: 2000 }, () => 'x'.repeat(255)), 'the end'] });

    expect(text).toHaveLength(4096);
    expect(text).toMatch(/^….*\/the end$/);
  });
});
