import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';

interface Lock {
  readonly packages: Readonly<Record<string, { readonly optionalDependencies?: Readonly<Record<string, string>> }>>;
}

const text = readFileSync(join(import.meta.dirname, '..', '..', 'package-lock.json'), 'utf8');

describe('package-lock.json', () => {
  test('locks every optional dependency that it names, so that npm ci takes it (else: node scripts/prune-lockfile.mjs)', () => {
    const { packages } = JSON.parse(text) as Lock;
    const locked = Object.keys(packages);
    const missing = Object.values(packages)
      .flatMap((entry) => Object.keys(entry.optionalDependencies ?? {}))
      .filter((name) => !locked.some((path) => path.endsWith(`node_modules/${name}`)));
    expect(missing).toEqual([]);
  });

  test('names no registry', () => {
    expect(text).not.toContain('"resolved": "http');
  });
});
