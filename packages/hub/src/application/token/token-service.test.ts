import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { migrateToLatest } from '../../adapter/sql/migrations/migrate.ts';
import type { Database } from '../../adapter/sql/schema.ts';
import { SqlAgentRepository } from '../../adapter/sql/sql-agent-repository.ts';
import { SqlTokenRepository } from '../../adapter/sql/sql-token-repository.ts';
import { type TemporarySqlite, temporarySqlite } from '../../infrastructure/db/temporary-sqlite.ts';
import { AgentService } from '../agent/agent-service.ts';
import { TokenService } from './token-service.ts';

let sqlite: TemporarySqlite<Database>;
let tokens: TokenService;
let clock: Date;
let revoked: number[];

beforeEach(async () => {
  sqlite = await temporarySqlite();
  await migrateToLatest(sqlite.db);
  clock = new Date('2026-05-04T12:00:00.000Z');
  revoked = [];
  const now = () => clock;
  const agents = new SqlAgentRepository(sqlite.db, now);
  tokens = new TokenService({
    tokens: new SqlTokenRepository(sqlite.db, now),
    agents,
    agentService: new AgentService({ agents, now }),
    revocations: { tokenRevoked: (token) => revoked.push(token.id) },
    now,
  });
});

afterEach(() => sqlite[Symbol.asyncDispose]());

function later(seconds: number): void {
  clock = new Date(clock.getTime() + seconds * 1000);
}

describe('agent tokens', () => {
  test('a token speaks for its agent, which is made when it is new', async () => {
    const first = await tokens.create({ agentName: 'web-01' });
    const second = await tokens.create({ agentName: 'web-01' });

    expect(first.secret).toMatch(/^fla_[A-Za-z0-9_-]{43}$/);
    expect(first.secret.startsWith(first.token.prefix)).toBe(true);
    expect(second.secret).not.toBe(first.secret);
    expect(second.agent).toEqual(first.agent);
    expect((await tokens.authenticate(first.secret)).agent).toEqual(first.agent);
  });

  test('the database holds nothing that a session could be opened with', async () => {
    const { secret } = await tokens.create({ agentName: 'web-01' });

    const stored = JSON.stringify(await sqlite.db.selectFrom('tokens').selectAll().execute());

    expect(stored).not.toContain(secret);
    expect(stored).not.toContain(secret.slice(10));
  });

  test.each(['', 'web 01', 'web:01', '../web', '-web', 'x'.repeat(64)])(
    'no agent can be named %j',
    async (agentName) => {
      await expect(tokens.create({ agentName })).rejects.toMatchObject({ code: 'VALIDATION' });
    },
  );

  test.each(['', 'fla_short', `fla_${'A'.repeat(43)}`, `xyz_${'A'.repeat(43)}`])('%j opens nothing', async (secret) => {
    await tokens.create({ agentName: 'web-01' });

    await expect(tokens.authenticate(secret)).rejects.toMatchObject({ code: 'UNAUTHENTICATED' });
  });

  test('a revoked token opens nothing, and what it opened is closed', async () => {
    const { secret, token } = await tokens.create({ agentName: 'web-01' });

    await tokens.revoke(token.id);

    expect(revoked).toEqual([token.id]);
    await expect(tokens.authenticate(secret)).rejects.toMatchObject({
      code: 'UNAUTHENTICATED',
      message: expect.stringMatching(/was revoked on 2026-05-04T12:00:00.000Z\. Make another with ferry tokens create/),
    });
  });

  test('a token that does not exist cannot be revoked', async () => {
    await expect(tokens.revoke(99)).rejects.toMatchObject({ code: 'NOT_FOUND' });
    expect(revoked).toEqual([]);
  });

  test('a token expires', async () => {
    const expiresAt = new Date(clock.getTime() + 60_000);
    const { secret } = await tokens.create({ agentName: 'web-01', expiresAt });

    later(59);
    await tokens.authenticate(secret);
    later(1);
    await expect(tokens.authenticate(secret)).rejects.toThrow(/expired on 2026-05-04T12:01:00.000Z/);
  });

  test('a token cannot expire before it is made', async () => {
    await expect(tokens.create({ agentName: 'web-01', expiresAt: clock })).rejects.toMatchObject({
      code: 'VALIDATION',
    });
  });

  test('the last use is noted at most once a minute', async () => {
    const { secret } = await tokens.create({ agentName: 'web-01' });
    const lastUse = async () => (await tokens.list({ limit: 1 })).items[0]?.lastUsedAt;
    const start = clock;

    await tokens.authenticate(secret);
    later(59);
    await tokens.authenticate(secret);
    expect(await lastUse()).toEqual(start);

    later(1);
    await tokens.authenticate(secret);
    expect(await lastUse()).toEqual(clock);
  });
});
