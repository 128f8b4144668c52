import { z } from 'zod';
import { transferStates } from '../../domain/transfer/lifecycle.ts';
import type { Transfer } from '../../domain/transfer/transfer.ts';
import { type AgentsById, endpointJson, endpointSchema } from './agent-reference-json.ts';
import { failureJson, failureSchema } from './failure-json.ts';
import { compressionSchema } from './run-json.ts';

export const transferSchema = z.object({
  id: z.int(),
  runId: z.int(),
  filename: z.string(),
  sizeBytes: z.int(),
  source: endpointSchema,
  destination: endpointSchema,
  state: z.enum(transferStates),
  attempt: z.int(),
  retryCount: z.int(),
  completedChunks: z.int(),
  totalChunks: z.int(),
  bytesTransferred: z.int(),
  wireBytes: z.int(),
  fileHash: z.string().optional(),
  compression: compressionSchema,
  error: failureSchema.optional(),
  createdAt: z.string(),
  startedAt: z.string().optional(),
  endedAt: z.string().optional(),
});

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
    completedChunks: transfer.completedChunks,
    totalChunks: transfer.totalChunks,
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
