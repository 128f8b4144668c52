import type { Page, PageRequest } from '../common/page.ts';
import type { ApiKey } from './api-key.ts';

export type NewApiKey = Pick<ApiKey, 'userId' | 'name' | 'prefix' | 'scope' | 'expiresAt'> & { readonly hash: string };

export interface ApiKeyRepository {
  /** Keys of one user (of everybody when `userId` is undefined), newest first. */
  list(userId: number | undefined, page: PageRequest): Promise<Page<ApiKey>>;
  getById(id: number): Promise<ApiKey | undefined>;
  /** The key whose secret has this SHA-256 (hexadecimal), revoked and expired ones included. */
  getByHash(hash: string): Promise<ApiKey | undefined>;
  create(key: NewApiKey): Promise<ApiKey>;
  /** Revokes a key; a key revoked before keeps its first time. Returns whether it was valid until now. */
  revoke(id: number, at: Date): Promise<boolean>;
  updateLastUsed(id: number, at: Date): Promise<void>;
}
