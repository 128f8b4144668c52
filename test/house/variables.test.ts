import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { unknownVariables } from '@ferryline/hub';
import { expect, test } from 'vitest';

const root = join(import.meta.dirname, '..', '..');

function variablesIn(patterns: readonly string[]): ReadonlySet<string> {
  const files = globSync([...patterns], { cwd: root }).filter((file) => !file.endsWith('.test.ts'));
  const texts = files.map((file) => readFileSync(join(root, file), 'utf8'));
  const names = texts.flatMap((text) => text.match(/\bFERRY_[A-Z_]+\b/g) ?? []);
  return new Set(names.filter((name) => !name.startsWith('FERRY_TEST_')));
}

test('a hub warns of no variable that code reads or a page explains', () => {
  const named = variablesIn(['packages/{agent,cli,hub}/src/**/*.ts', 'docs/configuration.md']);

  expect(named.size).toBeGreaterThan(30);
  expect(unknownVariables(Object.fromEntries([...named].map((name) => [name, 'x'])))).toEqual([]);
});
