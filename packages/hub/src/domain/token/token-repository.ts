import type { Page, PageRequest } from '../common/page.ts';
import type { Token } from './token.ts';

export type NewToken = Pick<Token, 'agentId' | 'name' | 'prefix' | 'expiresAt'> & { readonly hash: string };

export interface TokenFilter {
  readonly agentId?: number;
}

export interface TokenRepository {
  /** Newest first. */
  list(filter: TokenFilter, page: PageRequest): Promise<Page<Token>>;
  getById(id: number): Promise<Token | undefined>;
  /** Those of the tokens that exist, in no order. */
  getByIds(ids: readonly number[]): Promise<readonly Token[]>;
  /** The token whose secret has this SHA-256 (hexadecimal), revoked and expired ones included. */
  getByHash(hash: string): Promise<Token | undefined>;
  create(token: NewToken): Promise<Token>;
  /** Revokes a token; a token revoked before keeps its first time. */
  revoke(id: number, at: Date): Promise<void>;
  updateLastUsed(id: number, at: Date): Promise<void>;
}
