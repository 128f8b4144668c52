import { type Kysely, sql } from 'kysely';
import type { RelayClaim } from '../../domain/transfer/relay-claim.ts';
import type { Database } from './schema.ts';

/** Adds at most `BATCH_ROWS` claims in one statement, but those of chunks that are claimed, and of transfers that are not there. */
export async function insertRelayClaims(
  db: Kysely<Database>,
  claims: readonly RelayClaim[],
): Promise<readonly string[]> {
  const rows = claims.map(
    (each) =>
      sql`(${sql.join([
        each.transferId,
        each.attempt,
        each.chunkIndex,
        each.frameOffset,
        each.frameLength,
        each.rawLength,
        each.digest,
      ])})`,
  );
  const { rows: added } = await sql<{ transferId: number; attempt: number; chunkIndex: number }>`
    insert into relay_claims (transfer_id, attempt, chunk_index, frame_offset, frame_length, raw_length, digest)
    select cast(v.column1 as bigint), cast(v.column2 as bigint), cast(v.column3 as integer), cast(v.column4 as bigint),
      cast(v.column5 as integer), cast(v.column6 as integer), cast(v.column7 as text)
    from (values ${sql.join(rows)}) as v
    where exists (select 1 from transfers where transfers.id = cast(v.column1 as bigint))
    on conflict (transfer_id, attempt, chunk_index) do nothing
    returning transfer_id as "transferId", attempt as "attempt", chunk_index as "chunkIndex"
  `.execute(db);
  return added.map(chunkKey);
}

/** Names a chunk of an attempt. */
export function chunkKey({
  transferId,
  attempt,
  chunkIndex,
}: Pick<RelayClaim, 'transferId' | 'attempt' | 'chunkIndex'>) {
  return `${transferId}.${attempt}.${chunkIndex}`;
}
