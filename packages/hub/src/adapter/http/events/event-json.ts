import { exhaustive } from '@ferryline/engine';
import type { FeedEvent } from '../../../application/events/feed-event.ts';
import type { Agent } from '../../../domain/agent/agent.ts';
import type { Run } from '../../../domain/run/run.ts';
import type { Transfer } from '../../../domain/transfer/transfer.ts';
import { failureJson } from '../answer/failure-json.ts';

/** What an event carries: the moving part of what changed, in the words of its resource, which has the rest. */
export function eventJson(event: FeedEvent): object {
  switch (event.name) {
    case 'reset':
      return {};
    case 'runChanged':
      return movingRun(event.run);
    case 'transferChanged':
      return movingTransfer(event.transfer);
    case 'transfersChanged':
      return { runId: event.runId };
    case 'agentChanged':
      return movingAgent(event.agent);
    case 'agentRemoved':
      return { id: event.agentId };
    case 'jobChanged': {
      const { id, name, status } = event.job;
      return { id, name, status };
    }
    case 'jobRemoved':
      return { id: event.jobId };
    default:
      return exhaustive(event);
  }
}

function movingRun({ id, jobId, state, counters, errorCode, errorMessage, startedAt, endedAt }: Run): object {
  const error = failureJson(errorCode, errorMessage);
  return {
    id,
    ...(jobId !== undefined && { jobId }),
    state,
    counters,
    ...(error && { error }),
    ...(startedAt && { startedAt: startedAt.toISOString() }),
    ...(endedAt && { endedAt: endedAt.toISOString() }),
  };
}

function movingTransfer(transfer: Transfer): object {
  const { id, runId, state, attempt, retryCount, completedChunks, bytesTransferred, wireBytes } = transfer;
  const error = failureJson(transfer.errorCode, transfer.errorMessage);
  return {
    id,
    runId,
    state,
    attempt,
    retryCount,
    completedChunks,
    bytesTransferred,
    wireBytes,
    ...(error && { error }),
    ...(transfer.endedAt && { endedAt: transfer.endedAt.toISOString() }),
  };
}

function movingAgent({ id, name, status, transport, lastSeenAt }: Agent): object {
  return {
    id,
    name,
    status,
    ...(transport && { transport }),
    ...(lastSeenAt && { lastSeenAt: lastSeenAt.toISOString() }),
  };
}
