import { sql } from 'kysely';

/**
 * Conditions for rows that have not ended. The states of `settledTransferStates` and `settledRunStates` are written out, because
 * the partial index on unsettled transfers serves only queries that say the same words.
 */
export const transferIsUnsettled = sql<boolean>`transfers.state not in ('completed', 'failed', 'cancelled')`;
export const runIsUnsettled = sql<boolean>`runs.state not in ('completed', 'partial', 'failed', 'cancelled')`;
