import { type Insertable, type Selectable, sql, type UpdateObject } from 'kysely';
import type { NewTransfer, Transfer } from '../../domain/transfer/transfer.ts';
import { namesFrom, namesText } from './place-columns.ts';
import type { Database, TransferTable } from './schema.ts';

export function transferFrom(row: Selectable<TransferTable>): Transfer {
  return {
    id: row.id,
    runId: row.run_id,
    userId: row.user_id,
    ordinal: row.ordinal,
    filename: row.filename,
    sizeBytes: row.size_bytes,
    sourceAgentId: row.source_agent_id,
    source: { root: row.source_root, names: namesFrom(row.source_names) },
    destinationAgentId: row.destination_agent_id,
    destination: { root: row.destination_root, names: namesFrom(row.destination_names) },
    identity: {
      dev: row.source_dev,
      ino: row.source_ino,
      size: row.size_bytes,
      mtimeNs: row.source_mtime_ns,
      ctimeNs: row.source_ctime_ns,
    },
    mode: row.mode,
    mtimeNs: row.mtime_ns,
    compression: row.compression,
    chunkSizeBytes: row.chunk_size_bytes,
    totalChunks: row.total_chunks,
    state: row.state,
    attempt: row.attempt,
    retryCount: row.retry_count,
    maxRetries: row.max_retries,
    completedChunks: row.completed_chunks,
    bytesTransferred: row.bytes_transferred,
    wireBytes: row.wire_bytes,
    ...(row.file_hash !== null && { fileHash: row.file_hash }),
    ...(row.chunk_list_hash !== null && { chunkListHash: row.chunk_list_hash }),
    storedChunks: row.stored_chunks,
    ...(row.error_code !== null && { errorCode: row.error_code }),
    ...(row.error_message !== null && { errorMessage: row.error_message }),
    createdAt: new Date(row.created_at),
    ...(row.started_at !== null && { startedAt: new Date(row.started_at) }),
    ...(row.ended_at !== null && { endedAt: new Date(row.ended_at) }),
  };
}

/** A planned transfer as the row it begins as: `pending`, attempt 1, nothing moved. */
export function transferRow(transfer: NewTransfer, createdAt: Date): Insertable<TransferTable> {
  return {
    run_id: transfer.runId,
    user_id: transfer.userId,
    ordinal: transfer.ordinal,
    filename: transfer.filename,
    size_bytes: transfer.sizeBytes,
    source_agent_id: transfer.sourceAgentId,
    source_root: transfer.source.root,
    source_names: namesText(transfer.source.names),
    destination_agent_id: transfer.destinationAgentId,
    destination_root: transfer.destination.root,
    destination_names: namesText(transfer.destination.names),
    source_dev: transfer.identity.dev,
    source_ino: transfer.identity.ino,
    source_mtime_ns: transfer.identity.mtimeNs,
    source_ctime_ns: transfer.identity.ctimeNs,
    mode: transfer.mode,
    mtime_ns: transfer.mtimeNs,
    compression: transfer.compression,
    chunk_size_bytes: transfer.chunkSizeBytes,
    total_chunks: transfer.totalChunks,
    max_retries: transfer.maxRetries,
    state: 'pending',
    attempt: 1,
    retry_count: 0,
    completed_chunks: 0,
    bytes_transferred: 0,
    wire_bytes: 0,
    stored_chunks: 0,
    created_at: createdAt.getTime(),
  };
}

/** What a failed transfer is that is tried again: as new, but in its next attempt. */
export const pendingAgain = {
  state: 'pending',
  attempt: sql<number>`attempt + 1`,
  retry_count: 0,
  completed_chunks: 0,
  bytes_transferred: 0,
  file_hash: null,
  chunk_list_hash: null,
  stored_chunks: 0,
  error_code: null,
  error_message: null,
  ended_at: null,
} as const satisfies UpdateObject<Database, 'transfers'>;
