import { globSync } from 'node:fs';
import { sep } from 'node:path';
import patterns from './pure-files.json' with { type: 'json' };

/** The paths, from the repository's root and with slashes, of all files that decide and may not do. */
export function pureFiles(repository: string): string[] {
  const { pattern, exceptPattern } = patterns;
  return globSync('packages/*/src/**/*.ts', { cwd: repository })
    .map((path) => path.split(sep).join('/'))
    .filter((path) => new RegExp(pattern).test(path) && !new RegExp(exceptPattern).test(path))
    .sort();
}
