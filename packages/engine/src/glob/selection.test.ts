import { describe, expect, test } from 'vitest';
import { compileSelection } from './selection.ts';

/** Walks a tree given by the paths of its files, entering only what the selection enters; returns the files that are meant. */
function chosen(selection: { include?: string[]; exclude?: string[] }, paths: readonly string[]): readonly string[] {
  const { enters, selects } = compileSelection(selection);
  return paths.filter((path) => {
    const names = path.split('/');
    for (let depth = 1; depth < names.length; depth += 1) if (!enters(names.slice(0, depth))) return false;
    return selects(names, 'file');
  });
}

const tree = [
  'a.log',
  'b.txt',
  'logs/a.log',
  'logs/old/b.log',
  'logs/old/c.txt',
  'tmp/a.log',
  'src/tmp/x',
  'node_modules/x/y',
];

describe('a selection', () => {
  test('without patterns means everything', () => {
    expect(chosen({}, tree)).toEqual(tree);
  });

  test.each([
    [['*.log'], [], ['a.log', 'logs/a.log', 'logs/old/b.log', 'tmp/a.log']],
    [['/logs'], [], ['logs/a.log', 'logs/old/b.log', 'logs/old/c.txt']],
    [['logs/**/*.log'], [], ['logs/a.log', 'logs/old/b.log']],
    [['*.log'], ['tmp/'], ['a.log', 'logs/a.log', 'logs/old/b.log']],
    [[], ['node_modules', 'tmp/'], ['a.log', 'b.txt', 'logs/a.log', 'logs/old/b.log', 'logs/old/c.txt']],
    [[], ['/tmp'], tree.filter((path) => path !== 'tmp/a.log')],
    [['*.log'], ['*.log'], []],
    [[], ['a.log/'], tree],
  ])('of %j without %j means just that', (include, exclude, expected) => {
    expect(chosen({ include, exclude }, tree)).toEqual(expected);
  });

  test('looks into no directory where nothing can be meant', () => {
    const { enters } = compileSelection({ include: ['logs/*.log', 'data/**/raw/'], exclude: ['data/secret'] });

    expect(enters(['logs'])).toBe(true);
    expect(enters(['logs', 'old'])).toBe(false);
    expect(enters(['other'])).toBe(false);
    expect(enters(['data', 'a', 'b'])).toBe(true);
    expect(enters(['data', 'secret'])).toBe(false);
    expect(enters(['data', 'raw', 'anything'])).toBe(true);
  });

  test('takes a bounded number of patterns', () => {
    const many = Array.from({ length: 101 }, (_, at) => `p${at}`);

    expect(() => compileSelection({ include: many })).toThrow(/at most 100 patterns/);
  });
});
