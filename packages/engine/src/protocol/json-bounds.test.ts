import { describe, expect, test } from 'vitest';
import { requireBoundedJson } from './json-bounds.ts';

const hold = '{"transfer":9007199254740991,"attempt":1}';

describe('A54: a control message', () => {
  test.each([
    ['that is nested as deep as any is', `{"a":[{"b":[{"c":[1]}]}]}`],
    ['that holds everything an agent may hold', `{"holds":[${Array(100_000).fill(hold).join()}]}`],
    ['with brackets, quotes and backslashes in its texts', JSON.stringify({ a: `${'[{'.repeat(100)}"\\`, b: '":,' })],
    ['whose brackets do not match', ']]}}{'],
    ['whose text does not end', '{"a":"[[[[[[[[[[[[[[[[[['],
    ['with fields in many objects', `[${Array(1_000).fill('{"a":1,"b":2}').join()}]`],
  ])('%s is looked into', (_what, text) => {
    expect(() => requireBoundedJson(text)).not.toThrow();
  });

  test.each([
    ['nested arrays', '['.repeat(17), 'deep'],
    ['nested objects', '{"a":'.repeat(17), 'deep'],
    ['4 MiB of nested arrays', '['.repeat(4 * 1024 * 1024), 'deep'],
    ['an object of many fields', `{${Array.from({ length: 65 }, (_, at) => `"${at}":1`).join()}}`, '64 fields'],
    ['fields behind an object in between', `{${'"a":{"b":1},'.repeat(65)}}`, '64 fields'],
    ['very many fields', `[${Array(126_000).fill('{"a":1,"b":2}').join()}]`, 'too many values'],
    ['very many objects', `[${'{},'.repeat(600_000)}]`, 'too many values'],
    ['very many numbers', `[${'1,'.repeat(1_000_001)}1]`, 'too many values'],
  ])('of %s is refused before it is parsed', (_what, text, why) => {
    expect(() => requireBoundedJson(text)).toThrow(why);
  });
});
