import { globSync, readFileSync } from 'node:fs';
import { expect, test } from 'vitest';

/** Every way in which Node makes code of text, or of a name that is text. */
const CODE_FROM_TEXT =
  /\beval\s*\(|\bFunction\s*\(|['"](?:node:)?vm['"]|\bimport\(\s*(?!['"])|\bset(?:Timeout|Interval)\(\s*['"`]|eval:\s*true/;

// The flag that forbids it to a whole process cannot be used: Fastify's router and serializer make functions of text, of our routes.
test('A6: nothing of ours makes code of text, so that no session and no message ever becomes code', () => {
  const files = globSync('packages/*/{src,bin}/**/*.{ts,mjs}').filter((file) => !file.endsWith('.test.ts'));

  const offenders = files.filter((file) => CODE_FROM_TEXT.test(readFileSync(file, 'utf8')));

  expect(files.length).toBeGreaterThan(200);
  expect(offenders).toEqual([]);
});

test.each([
  "eval('1')",
  "new Function('return 1')",
  "import vm from 'node:vm'",
  'await import(name)',
  "setTimeout('x')",
])('A6: %s would be found', (source) => {
  expect(source).toMatch(CODE_FROM_TEXT);
});
