import { expect, test } from 'vitest';
import { isHopeless } from './statement-failure.ts';

test.each([
  ['SQLite: a trigger refuses', { errcode: 1811 }],
  ['SQLite: too big', { errcode: 18 }],
  ['PostgreSQL: a check', { code: '23514' }],
  ['PostgreSQL: a number out of range', { code: '22003' }],
  ['PostgreSQL: raised by a trigger', { code: 'P0001' }],
  ['a value that no database can be handed', new TypeError('SQLite cannot store a symbol')],
])('%s: is refused for ever', (_what, thrown) => {
  expect(isHopeless(thrown)).toBe(true);
});

test.each([
  ['SQLite: busy', { errcode: 5 }],
  ['SQLite: disk full', { errcode: 13 }],
  ['SQLite: the disk fails', { errcode: 778 }],
  ['PostgreSQL: the connection broke', { code: '08006' }],
  ['PostgreSQL: disk full', { code: '53100' }],
  ['PostgreSQL: shutting down', { code: '57P01' }],
  ['PostgreSQL: a deadlock', { code: '40P01' }],
  ['PostgreSQL: a serialization failure', { code: '40001' }],
  ['PostgreSQL: a right that can be granted', { code: '42501' }],
  ['the network: reset', { code: 'ECONNRESET' }],
  ['the network: a broken pipe', { code: 'EPIPE' }],
  ['nothing that is known', new Error('Connection terminated unexpectedly')],
])('%s: may be taken later', (_what, thrown) => {
  expect(isHopeless(thrown)).toBe(false);
});
