import { sql } from 'kysely';

/**
 * Conditions for rows that have not ended. The states of `settledTransferStates` and `settledRunStates` are written out, because
 * the partial index on unsettled transfers serves only queries that say the same words.
 */
export const transferIsUnsettled = sql<boolean>`transfers.state not in ('completed', 'failed', 'cancelled')`;
export const runIsUnsettled = sql<boolean>`runs.state not in ('completed', 'partial', 'failed', 'cancelled')`;

/** Condition for transfers of which the relay's disk holds all that a destination needs; serves its own partial index. */
export const transferIsStored = sql<boolean>`transfers.stored_chunks = transfers.total_chunks and transfers.chunk_list_hash is not null`;
