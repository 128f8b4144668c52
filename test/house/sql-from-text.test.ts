import { globSync, readFileSync } from 'node:fs';
import { expect, test } from 'vitest';

const VERB = '(?i:select|insert into|update|delete from|create|drop|alter|pragma|set|with)';
/** Statements that are put together from text: raw ones, untagged templates with anything but a named constant in them, and sums. */
const SQL_FROM_TEXT = new RegExp(
  [
    String.raw`\bsql\.raw\b`,
    String.raw`\bCompiledQuery\.raw\(\s*(?!['"])`,
    String.raw`(?<![\w>])\`\s*${VERB} [^\`\n]*\$\{(?![A-Z_]+\})`,
    String.raw`(['"\`])${VERB} [^'"\`\n]*\1\s*\+`,
  ].join('|'),
);
/** Makes and removes a database of its own, under a name that it made up, for tests. */
const TEST_SUPPORT = /temporary-database\.ts$/;

test('A61: the hub puts no statement together from text', () => {
  const files = globSync('packages/hub/src/**/*.ts').filter((file) => !/\.test\.ts$/.test(file));

  const offenders = files.filter((file) => SQL_FROM_TEXT.test(readFileSync(file, 'utf8')));

  expect(files.length).toBeGreaterThan(200);
  expect(offenders.filter((file) => !TEST_SUPPORT.test(file))).toEqual([]);
});

test.each([
  'sql.raw(name)',
  'CompiledQuery.raw(text)',
  'CompiledQuery.raw(`begin $' + '{mode}`)',
  'client.query(`select * from users where id = $' + '{id}`)',
  'client.query("select * from " + table)',
  "client.query('delete from users where id = ' + id)",
])('A61: %s would be found', (source) => {
  expect(source).toMatch(SQL_FROM_TEXT);
});

test.each([
  'sql`select * from users where id = $' + '{id}`',
  'sql<Row>`select * from users where id = $' + '{id}`',
  "CompiledQuery.raw('begin immediate')",
])('%s is no such statement', (source) => {
  expect(source).not.toMatch(SQL_FROM_TEXT);
});
