import type { Token } from '../../domain/token/token.ts';

/** Hears of every revoked token, to close what it opened: a revocation takes effect at once (DESIGN.md section 4). */
export interface RevocationListener {
  /** The token opens nothing any more; the database says so already. */
  tokenRevoked(token: Token): void;
}
