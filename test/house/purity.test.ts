import { describe, expect, test } from 'vitest';
import { findImpurities } from '../../scripts/check/impurities.ts';

const found = (source: string): string[] => findImpurities(source, 'some-core.ts').map((each) => each.what);

describe('findImpurities', () => {
  test.each([
    ['const at = Date.now();', 'Date.now'],
    ['const at = new Date();', 'new Date() without a time'],
    ['const at = Date();', 'Date()'],
    ['const dice = Math.random();', 'Math.random'],
    ['setTimeout(() => {}, 1);', 'setTimeout'],
    ['const later = setInterval;', 'setInterval'],
    ['const id = crypto.randomUUID();', 'crypto'],
    ['const home = process.env.HOME;', 'process'],
    ['const late = Promise.resolve();', 'Promise.resolve'],
    ['const late = new Promise(() => {});', 'new Promise'],
    ["const fs = import('node:fs');", 'import()'],
    ['const tools = { fetch };', 'fetch'],
  ])('sees %s', (source, what) => {
    expect(found(source)).toEqual([what]);
  });

  test('sees async functions and every await, also in a loop', () => {
    expect(found('async function f(a) { await a; for await (const b of a) { b; } }')).toEqual([
      'async',
      'await',
      'await',
    ]);
  });

  test('says which line', () => {
    expect(findImpurities('const a = 1;\nconst b = Date.now();', 'x-core.ts')).toEqual([{ line: 2, what: 'Date.now' }]);
  });

  test.each([
    'const at = new Date(step.nowMs);',
    'const process = 1;',
    'const effect = { crypto: 1, fetch: 2 };',
    'step.process(event);',
    'interface Step { process(): void; performance: number }',
    "const text = 'await Date.now()'; // setTimeout",
  ])('lets pass %s', (source) => {
    expect(found(source)).toEqual([]);
  });
});
