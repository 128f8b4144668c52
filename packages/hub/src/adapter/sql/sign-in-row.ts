import type { Insertable, Selectable } from 'kysely';
import type { SignIn } from '../../domain/user/sign-in.ts';
import type { NewSignIn } from '../../domain/user/sign-in-repository.ts';
import type { SignInTable } from './schema.ts';

export function signInFrom(row: Selectable<SignInTable>): SignIn {
  return {
    id: row.id,
    userId: row.user_id,
    refreshHash: row.refresh_hash,
    familyHash: row.family_hash,
    createdAt: new Date(row.created_at),
    lastUsedAt: new Date(row.last_used_at),
    expiresAt: new Date(row.expires_at),
    endsAt: new Date(row.ends_at),
    address: row.address,
    client: row.client,
    ...(row.revoked_at !== null && { revokedAt: new Date(row.revoked_at) }),
  };
}

export function signInRow(signIn: NewSignIn): Insertable<SignInTable> {
  return {
    id: signIn.id,
    user_id: signIn.userId,
    refresh_hash: signIn.refreshHash,
    family_hash: signIn.familyHash,
    created_at: signIn.createdAt.getTime(),
    last_used_at: signIn.lastUsedAt.getTime(),
    expires_at: signIn.expiresAt.getTime(),
    ends_at: signIn.endsAt.getTime(),
    address: signIn.address,
    client: signIn.client,
  };
}
