import type { Selectable } from 'kysely';
import type { Token } from '../../domain/token/token.ts';
import type { TokenTable } from './schema.ts';

export function tokenFrom(row: Selectable<TokenTable>): Token {
  return {
    id: row.id,
    agentId: row.agent_id,
    name: row.name,
    prefix: row.prefix,
    createdAt: new Date(row.created_at),
    ...(row.expires_at !== null && { expiresAt: new Date(row.expires_at) }),
    ...(row.revoked_at !== null && { revokedAt: new Date(row.revoked_at) }),
    ...(row.last_used_at !== null && { lastUsedAt: new Date(row.last_used_at) }),
  };
}
