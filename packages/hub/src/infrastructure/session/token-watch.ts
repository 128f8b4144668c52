import type { FerryError } from '@ferryline/engine';
import type { AgentSession } from './agent-session.ts';

/** What is revoked at this hub ends at once; what expires, or is revoked or removed elsewhere, ends within this time. */
const CHECK_EVERY_MS = 30_000;

export interface TokenWatchParts {
  readonly sessions: { readonly all: readonly Pick<AgentSession, 'tokenId' | 'refuse'>[] };
  readonly tokens: { refusals(ids: readonly number[]): Promise<ReadonlyMap<number, FerryError>> };
  readonly checkEveryMs?: number;
  readonly onFailure: (thrown: unknown) => void;
}

/** Asks again and again, with one question for all, whether the tokens still hold that opened the sessions (ATTACKS.md A73, A15). */
export class TokenWatch {
  readonly #parts: TokenWatchParts;
  readonly #timer: NodeJS.Timeout;
  #check: Promise<void> | undefined;

  constructor(parts: TokenWatchParts) {
    this.#parts = parts;
    this.#timer = setInterval(() => this.#checkOnce(), parts.checkEveryMs ?? CHECK_EVERY_MS);
  }

  /** Resolves when no question is under way; none follows. */
  async close(): Promise<void> {
    clearInterval(this.#timer);
    await this.#check;
  }

  #checkOnce(): void {
    this.#check ??= this.#endInvalid()
      .catch(this.#parts.onFailure)
      .finally(() => {
        this.#check = undefined;
      });
  }

  async #endInvalid(): Promise<void> {
    const { sessions, tokens } = this.#parts;
    const asked = sessions.all;
    if (asked.length === 0) return;
    const refusals = await tokens.refusals([...new Set(asked.map(({ tokenId }) => tokenId))]);
    for (const session of asked) {
      const refusal = refusals.get(session.tokenId);
      if (refusal !== undefined) session.refuse(refusal);
    }
  }
}
