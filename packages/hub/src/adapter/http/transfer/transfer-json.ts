import { z } from 'zod';
import type { ChunkStatus } from '../../../application/transfer/chunk-status.ts';
import { transferStates } from '../../../domain/transfer/lifecycle.ts';
import type { Transfer } from '../../../domain/transfer/transfer.ts';
import { type AgentsById, endpointJson, endpointSchema } from '../agent/agent-reference-json.ts';
import { failureJson, failureSchema } from '../answer/failure-json.ts';
import { momentSchema } from '../answer/moment.ts';
import { compressionSchema } from '../run/run-options-json.ts';

export const transferSchema = z
  .object({
    id: z.int(),
    runId: z.int(),
    filename: z.string(),
    sizeBytes: z.int(),
    source: endpointSchema,
    destination: endpointSchema,
    state: z.enum(transferStates),
    attempt: z.int(),
    retryCount: z.int(),
    maxRetries: z.int(),
    chunkSizeBytes: z.int(),
    completedChunks: z.int(),
    totalChunks: z.int(),
    storedChunks: z.int().meta({ description: "Chunks that wait on the hub's disk for the destination." }),
    bytesTransferred: z.int(),
    wireBytes: z.int(),
    fileHash: z.string().optional().meta({ description: 'SHA-256 of the file, as sha256sum prints it.' }),
    compression: compressionSchema,
    error: failureSchema.optional(),
    createdAt: momentSchema,
    startedAt: momentSchema.optional(),
    endedAt: momentSchema.optional(),
  })
  .meta({ id: 'Transfer' });

export function transferJson(transfer: Transfer, agents: AgentsById): z.infer<typeof transferSchema> {
  const { fileHash, createdAt, startedAt, endedAt } = transfer;
  const error = failureJson(transfer.errorCode, transfer.errorMessage);
  return {
    id: transfer.id,
    runId: transfer.runId,
    filename: transfer.filename,
    sizeBytes: transfer.sizeBytes,
    source: endpointJson(agents, transfer.sourceAgentId, transfer.source),
    destination: endpointJson(agents, transfer.destinationAgentId, transfer.destination),
    state: transfer.state,
    attempt: transfer.attempt,
    retryCount: transfer.retryCount,
    maxRetries: transfer.maxRetries,
    chunkSizeBytes: transfer.chunkSizeBytes,
    completedChunks: transfer.completedChunks,
    totalChunks: transfer.totalChunks,
    storedChunks: transfer.storedChunks,
    bytesTransferred: transfer.bytesTransferred,
    wireBytes: transfer.wireBytes,
    ...(fileHash !== undefined && { fileHash }),
    compression: transfer.compression,
    ...(error && { error }),
    createdAt: createdAt.toISOString(),
    ...(startedAt && { startedAt: startedAt.toISOString() }),
    ...(endedAt && { endedAt: endedAt.toISOString() }),
  };
}

/** The agents that these transfers name. */
export function agentIdsOfTransfers(transfers: readonly Transfer[]): readonly number[] {
  return transfers.flatMap((transfer) => [transfer.sourceAgentId, transfer.destinationAgentId]);
}

export const chunksSchema = z
  .object({
    totalChunks: z.int(),
    completedChunks: z.int().meta({ description: 'As last heard, when the transfer is not under way.' }),
    chunkSizeBytes: z.int(),
    held: z.array(z.array(z.int()).min(2).max(2)).meta({
      description:
        'Chunks that the destination is known to hold, as [index of the first, how many]; empty when only the destination knows.',
    }),
  })
  .meta({ id: 'Chunks' });

export function chunksJson({ totalChunks, completedChunks, chunkSizeBytes, held }: ChunkStatus) {
  return { totalChunks, completedChunks, chunkSizeBytes, held: held.map(([first, count]) => [first, count]) };
}
