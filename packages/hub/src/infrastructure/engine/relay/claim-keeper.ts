import { setTimeout as delay } from 'node:timers/promises';
import type { Logger } from 'pino';
import { RecordRefused } from '../../../domain/run/record-refused.ts';
import type { RelayClaimRepository } from '../../../domain/transfer/relay-claim-repository.ts';

/** What the database did not take at this moment is tried again this much later. */
const RETRY_MS = 1_000;

export interface ClaimKeeperParts {
  readonly claims: RelayClaimRepository;
  readonly logger: Logger;
}

/** Asks the database about claims until it answers: while it is away, chunks wait, and none is acknowledged. */
export class ClaimKeeper {
  readonly #parts: ClaimKeeperParts;
  readonly #closing = new AbortController();

  constructor(parts: ClaimKeeperParts) {
    this.#parts = parts;
  }

  /** @throws RecordRefused; after `close` whatever the database throws. */
  async ask<Answer>(question: (claims: RelayClaimRepository) => Promise<Answer>): Promise<Answer> {
    const { claims, logger } = this.#parts;
    for (;;) {
      try {
        return await question(claims);
      } catch (thrown) {
        if (thrown instanceof RecordRefused || this.#closing.signal.aborted) throw thrown;
        logger.error({ err: thrown }, 'the database does not answer about what the relay stores; trying again');
        await delay(RETRY_MS, undefined, { signal: this.#closing.signal }).catch(() => undefined);
      }
    }
  }

  /** From now on nothing is tried a second time. */
  close(): void {
    this.#closing.abort();
  }
}
