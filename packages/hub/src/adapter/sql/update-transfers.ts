import { type Kysely, sql } from 'kysely';
import type { TransferProgress } from '../../domain/transfer/transfer.ts';
import type { Database } from './schema.ts';
import { timeColumn } from './time-column.ts';
import { transferIsUnsettled } from './unsettled.ts';

/**
 * Writes the moving part of at most `BATCH_ROWS` transfers, each named once, in one statement. Both databases name the columns of
 * VALUES `column1` onwards; PostgreSQL takes parameters there for text, hence the casts.
 */
export async function updateTransfers(db: Kysely<Database>, progress: readonly TransferProgress[]): Promise<void> {
  const rows = progress.map(
    (each) =>
      sql`(${sql.join([
        each.id,
        each.state,
        each.attempt,
        each.retryCount,
        each.completedChunks,
        each.bytesTransferred,
        each.wireBytes,
        each.fileHash ?? null,
        each.errorCode ?? null,
        each.errorMessage ?? null,
        timeColumn(each.startedAt),
        timeColumn(each.endedAt),
        each.chunkListHash ?? null,
        each.storedChunks,
      ])})`,
  );
  await sql`
    update transfers set
      state = cast(v.column2 as text),
      attempt = cast(v.column3 as bigint),
      retry_count = cast(v.column4 as integer),
      completed_chunks = cast(v.column5 as integer),
      bytes_transferred = cast(v.column6 as bigint),
      wire_bytes = cast(v.column7 as bigint),
      file_hash = cast(v.column8 as text),
      error_code = cast(v.column9 as text),
      error_message = cast(v.column10 as text),
      started_at = cast(v.column11 as bigint),
      ended_at = cast(v.column12 as bigint),
      chunk_list_hash = cast(v.column13 as text),
      stored_chunks = cast(v.column14 as integer)
    from (values ${sql.join(rows)}) as v
    where transfers.id = cast(v.column1 as bigint) and ${transferIsUnsettled}
  `.execute(db);
}
