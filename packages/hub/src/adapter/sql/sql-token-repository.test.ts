import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { NewToken } from '../../domain/token/token-repository.ts';
import { migratedDatabase, type TemporaryDatabase } from '../../infrastructure/db/temporary-database.ts';
import { exampleNow } from './example-run.ts';
import type { Database } from './schema.ts';
import { SqlAgentRepository } from './sql-agent-repository.ts';
import { SqlTokenRepository } from './sql-token-repository.ts';

let database: TemporaryDatabase<Database>;
let tokens: SqlTokenRepository;
let newToken: NewToken;

beforeEach(async () => {
  database = await migratedDatabase();
  const { id } = await new SqlAgentRepository(database.db, exampleNow).create({
    name: 'web-01',
    description: '',
    labels: [],
  });
  tokens = new SqlTokenRepository(database.db, exampleNow);
  newToken = { agentId: id, name: 'web-01', prefix: 'fla_abcdef', hash: 'ab'.repeat(32) };
});

afterEach(() => database[Symbol.asyncDispose]());

describe('tokens in SQL', () => {
  test('a token is found by its hash, and does not show it', async () => {
    const expiresAt = new Date('2027-01-01T00:00:00.000Z');

    const token = await tokens.create({ ...newToken, expiresAt });

    const { hash, ...shown } = newToken;
    expect(token).toEqual({ ...shown, id: expect.any(Number), createdAt: exampleNow(), expiresAt });
    expect(await tokens.getByHash(hash)).toEqual(token);
    expect(await tokens.getByHash('cd'.repeat(32))).toBeUndefined();
  });

  test('a token that is revoked twice keeps its first time', async () => {
    const { id } = await tokens.create(newToken);
    const first = new Date('2026-06-01T00:00:00.000Z');

    await tokens.revoke(id, first);
    await tokens.revoke(id, new Date('2026-07-01T00:00:00.000Z'));

    expect(await tokens.getById(id)).toMatchObject({ revokedAt: first });
  });

  test('the last use is kept', async () => {
    const { id } = await tokens.create(newToken);
    const at = new Date('2026-06-01T00:00:00.000Z');

    await tokens.updateLastUsed(id, at);

    expect(await tokens.getById(id)).toMatchObject({ lastUsedAt: at });
  });

  test('tokens are listed newest first, page by page', async () => {
    const made = [];
    for (const hash of ['1', '2', '3']) made.push(await tokens.create({ ...newToken, hash }));

    const first = await tokens.list({}, { limit: 2 });
    const second = await tokens.list({}, { limit: 2, cursor: first.nextCursor ?? '' });

    expect([...first.items, ...second.items]).toEqual(made.toReversed());
    expect(second.nextCursor).toBeUndefined();
  });
});
