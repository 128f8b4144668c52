import { errorCodeNames } from '@ferryline/engine';
import { z } from 'zod';
import { jobTypes } from '../../../domain/job/job-type.ts';
import { runStates } from '../../../domain/run/lifecycle.ts';
import { type Run, runTriggers } from '../../../domain/run/run.ts';
import type { RunIssue } from '../../../domain/run/tree-entry.ts';
import { type AgentsById, endpointJson, endpointSchema } from '../agent/agent-reference-json.ts';
import { failureJson, failureSchema } from '../answer/failure-json.ts';
import { momentSchema } from '../answer/moment.ts';
import { runOptionsSchema } from './run-options-json.ts';

export const countersSchema = z
  .object({
    filesPlanned: z.int(),
    filesMoved: z.int(),
    filesSkipped: z.int(),
    filesFailed: z.int(),
    bytesPlanned: z.int(),
    bytesMoved: z.int(),
    wireBytes: z.int(),
    directoriesPlanned: z.int(),
    linksPlanned: z.int(),
  })
  .meta({ id: 'RunCounters' });

export const runSchema = z
  .object({
    id: z.int(),
    job: z
      .object({ id: z.int(), name: z.string() })
      .optional()
      .meta({ description: 'Absent for an ad-hoc copy, and when the job was removed since.' }),
    state: z.enum(runStates),
    trigger: z.enum(runTriggers),
    tickAt: momentSchema.optional().meta({ description: 'The tick of the schedule that it is the run of.' }),
    type: z.enum(jobTypes),
    source: endpointSchema,
    destination: endpointSchema,
    include: z.array(z.string()),
    exclude: z.array(z.string()),
    options: runOptionsSchema,
    counters: countersSchema,
    error: failureSchema.optional(),
    createdAt: momentSchema,
    startedAt: momentSchema.optional(),
    endedAt: momentSchema.optional(),
  })
  .meta({ id: 'Run' });

/** The names of jobs, by id. */
export type JobNames = ReadonlyMap<number, { readonly name: string }>;

export function runJson(run: Run, agents: AgentsById, jobs: JobNames): z.infer<typeof runSchema> {
  const { id, jobId, state, trigger, tickAt, type, source, destination, selection, options, counters } = run;
  const error = failureJson(run.errorCode, run.errorMessage);
  const to = endpointJson(agents, destination.agentId, destination.place);
  const job = jobId === undefined ? undefined : jobs.get(jobId);
  return {
    id,
    ...(jobId !== undefined && job && { job: { id: jobId, name: job.name } }),
    state,
    trigger,
    ...(tickAt && { tickAt: tickAt.toISOString() }),
    type,
    source: endpointJson(agents, source.agentId, source.place),
    // As it was asked for: with a trailing slash it means the inside of the directory.
    destination: run.intoDestination && !to.path.endsWith('/') ? { ...to, path: `${to.path}/` } : to,
    include: [...selection.include],
    exclude: [...selection.exclude],
    options,
    counters,
    ...(error && { error }),
    createdAt: run.createdAt.toISOString(),
    ...(run.startedAt && { startedAt: run.startedAt.toISOString() }),
    ...(run.endedAt && { endedAt: run.endedAt.toISOString() }),
  };
}

export const issueSchema = z
  .object({ path: z.string(), code: z.enum(errorCodeNames).optional(), message: z.string() })
  .meta({ id: 'RunIssue' });

export function issueJson({ path, code, message }: RunIssue): z.infer<typeof issueSchema> {
  return { path, ...(code && { code }), message };
}
