import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client } from 'pg';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { postgresConnection } from './postgres-connection.ts';

let directory: string;
let caFile: string;

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'ferry-ca-'));
  caFile = join(directory, 'ca.pem');
  await writeFile(caFile, 'the authority');
});

afterEach(() => rm(directory, { recursive: true }));

const authority = { ca: 'the authority' };

/** What pg makes of it: it lets some parts of a URL win over what stands beside it. */
function encryption(query: string, file?: string): unknown {
  const url = `postgres://ferry:hunter2@db.example/ferryline${query}`;
  const config = { url, poolSize: 1, statementTimeoutMs: 1, ...(file !== undefined && { caFile: file }) };
  const client = new Client(postgresConnection(config)) as Client & { readonly ssl: unknown };
  expect(client).toMatchObject({ user: 'ferry', password: 'hunter2', host: 'db.example', database: 'ferryline' });
  return client.ssl;
}

test.each(['verify-full', 'verify-ca', 'require', 'prefer'])(
  'sslmode=%s verifies, by the authority if one is named',
  (mode) => {
    expect(encryption(`?sslmode=${mode}`)).toEqual({});
    expect(encryption(`?sslmode=${mode}`, caFile)).toEqual(authority);
  },
);

test('an authority alone means encryption', () => {
  expect(encryption('', caFile)).toEqual(authority);
});

test('nothing is encrypted when nobody asks for it', () => {
  expect(encryption('')).toBe(false);
  expect(encryption('?sslmode=disable')).toBe(false);
});

test('only sslmode=no-verify trusts whoever answers', () => {
  expect(encryption('?sslmode=no-verify')).toEqual({ rejectUnauthorized: false });
});

test('other parts of the URL stay', () => {
  const { connectionString } = postgresConnection({
    url: 'postgres://ferry@db.example/ferryline?sslmode=require&options=-c%20x%3Dy',
    poolSize: 1,
    statementTimeoutMs: 1,
  });

  expect(connectionString).toBe('postgres://ferry@db.example/ferryline?options=-c+x%3Dy');
});

test.each([
  ['a mode that there is not', '?sslmode=verify', false, /sslmode=verify, which there is not\. Use verify-full/],
  ['an authority for what is not encrypted', '?sslmode=disable', true, /Remove one of them/],
])('%s is refused', (_what, query, hasAuthority, message) => {
  expect(() => encryption(query, hasAuthority ? caFile : undefined)).toThrow(message);
});

test('a certificate file that is missing is named', () => {
  expect(() => encryption('', join(directory, 'nowhere.pem'))).toThrow(/nowhere\.pem of database\.caFile .*ENOENT/);
});
