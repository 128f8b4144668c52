import type { Selectable } from 'kysely';
import type { RelayClaim } from '../../domain/transfer/relay-claim.ts';
import type { RelayClaimTable } from './schema.ts';

export function relayClaimFrom(row: Selectable<RelayClaimTable>): RelayClaim {
  return {
    transferId: row.transfer_id,
    attempt: row.attempt,
    chunkIndex: row.chunk_index,
    frameOffset: row.frame_offset,
    frameLength: row.frame_length,
    rawLength: row.raw_length,
    digest: row.digest,
  };
}
