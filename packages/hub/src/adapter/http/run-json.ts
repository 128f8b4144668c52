import { errorCodeNames } from '@ferryline/engine';
import { z } from 'zod';
import { runStates } from '../../domain/run/lifecycle.ts';
import type { Run } from '../../domain/run/run.ts';
import type { RunIssue } from '../../domain/run/tree-entry.ts';
import { type AgentsById, endpointJson, endpointSchema } from './agent-reference-json.ts';
import { failureJson, failureSchema } from './failure-json.ts';

export const compressionSchema = z.enum(['auto', 'none', 'zstd', 'lz4']);
export const existingPolicySchema = z.enum(['replace', 'fail']);

export const runSchema = z.object({
  id: z.int(),
  state: z.enum(runStates),
  trigger: z.enum(['manual', 'schedule', 'watch', 'api']),
  source: endpointSchema,
  destination: endpointSchema,
  options: z.object({ compression: compressionSchema, existing: existingPolicySchema, maxRetries: z.int() }),
  counters: z.object({
    filesPlanned: z.int(),
    filesMoved: z.int(),
    filesSkipped: z.int(),
    filesFailed: z.int(),
    bytesPlanned: z.int(),
    bytesMoved: z.int(),
    wireBytes: z.int(),
    directoriesPlanned: z.int(),
    linksPlanned: z.int(),
  }),
  error: failureSchema.optional(),
  createdAt: z.string(),
  startedAt: z.string().optional(),
  endedAt: z.string().optional(),
});

export function runJson(run: Run, agents: AgentsById): z.infer<typeof runSchema> {
  const { id, state, trigger, source, destination, options, counters, createdAt, startedAt, endedAt } = run;
  const error = failureJson(run.errorCode, run.errorMessage);
  const to = endpointJson(agents, destination.agentId, destination.place);
  return {
    id,
    state,
    trigger,
    source: endpointJson(agents, source.agentId, source.place),
    // As it was asked for: with a trailing slash it means the inside of the directory.
    destination: run.intoDestination && !to.path.endsWith('/') ? { ...to, path: `${to.path}/` } : to,
    options,
    counters,
    ...(error && { error }),
    createdAt: createdAt.toISOString(),
    ...(startedAt && { startedAt: startedAt.toISOString() }),
    ...(endedAt && { endedAt: endedAt.toISOString() }),
  };
}

/** The agents that these runs name. */
export function agentIdsOfRuns(runs: readonly Run[]): readonly number[] {
  return runs.flatMap((run) => [run.source.agentId, run.destination.agentId]);
}

export const issueSchema = z.object({
  path: z.string(),
  code: z.enum(errorCodeNames).optional(),
  message: z.string(),
});

export function issueJson({ path, code, message }: RunIssue): z.infer<typeof issueSchema> {
  return { path, ...(code && { code }), message };
}
