import { type Kysely, sql } from 'kysely';
import type { TransferReplan } from '../../domain/transfer/transfer.ts';
import type { Database } from './schema.ts';
import { transferIsUnsettled } from './unsettled.ts';

/** Writes what at most `BATCH_ROWS` transfers are planned to be, each named once, in one statement (update-transfers.ts says how). */
export async function replanTransfers(db: Kysely<Database>, replans: readonly TransferReplan[]): Promise<void> {
  const rows = replans.map(
    (each) =>
      sql`(${sql.join([
        each.id,
        each.sizeBytes,
        each.identity.dev,
        each.identity.ino,
        each.identity.mtimeNs,
        each.identity.ctimeNs,
        each.mode,
        each.mtimeNs,
        each.chunkSizeBytes,
        each.totalChunks,
      ])})`,
  );
  await sql`
    update transfers set
      size_bytes = cast(v.column2 as bigint),
      source_dev = cast(v.column3 as text),
      source_ino = cast(v.column4 as text),
      source_mtime_ns = cast(v.column5 as text),
      source_ctime_ns = cast(v.column6 as text),
      mode = cast(v.column7 as integer),
      mtime_ns = cast(v.column8 as text),
      chunk_size_bytes = cast(v.column9 as integer),
      total_chunks = cast(v.column10 as integer)
    from (values ${sql.join(rows)}) as v
    where transfers.id = cast(v.column1 as bigint) and ${transferIsUnsettled}
  `.execute(db);
}
