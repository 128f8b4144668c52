import { z } from 'zod';
import { type Job, jobStatuses } from '../../../domain/job/job.ts';
import { jobTypes } from '../../../domain/job/job-type.ts';
import { missedTickPolicies, overlapPolicies } from '../../../domain/job/schedule.ts';
import { type AgentsById, agentReferenceJson, endpointSchema } from '../agent/agent-reference-json.ts';
import { momentSchema } from '../answer/moment.ts';
import { runOptionsSchema } from '../run/run-options-json.ts';
import { type UsersById, userReferenceJson, userReferenceSchema } from '../user/user-json.ts';

export const jobTypeSchema = z.enum(jobTypes).meta({
  description:
    '`push` sends what the source has; `pull` asks the destination first what it holds, and moves only what differs.',
});
export const jobStatusSchema = z.enum(jobStatuses).meta({ description: 'A paused job does not run by itself.' });
export const overlapSchema = z
  .enum(overlapPolicies)
  .meta({ description: 'What to do when a tick comes while the last run is still under way.' });
export const missedSchema = z
  .enum(missedTickPolicies)
  .meta({ description: 'What to do about ticks that passed while the hub was away.' });

export const jobSchema = z
  .object({
    id: z.int(),
    name: z.string(),
    type: jobTypeSchema,
    owner: userReferenceSchema,
    source: endpointSchema,
    destination: endpointSchema,
    include: z.array(z.string()),
    exclude: z.array(z.string()),
    options: runOptionsSchema,
    schedule: z
      .object({
        cron: z.string(),
        timeZone: z.string(),
        overlap: overlapSchema,
        missed: missedSchema,
        nextAt: momentSchema
          .optional()
          .meta({ description: 'The next tick; absent while the job is paused, or when none is left.' }),
      })
      .optional(),
    status: jobStatusSchema,
    createdAt: momentSchema,
    updatedAt: momentSchema,
  })
  .meta({ id: 'Job' });

/** What a job's answer says beyond the job itself. */
export interface JobSurroundings {
  readonly agents: AgentsById;
  readonly users: UsersById;
  readonly nextAt: Date | undefined;
}

export function jobJson(job: Job, { agents, users, nextAt }: JobSurroundings): z.infer<typeof jobSchema> {
  const { id, name, type, userId, source, destination, selection, options, schedule, status } = job;
  return {
    id,
    name,
    type,
    owner: userReferenceJson(users, userId),
    source: { agent: agentReferenceJson(agents, source.agentId), path: source.path },
    destination: { agent: agentReferenceJson(agents, destination.agentId), path: destination.path },
    include: [...selection.include],
    exclude: [...selection.exclude],
    options,
    ...(schedule && { schedule: { ...schedule, ...(nextAt && { nextAt: nextAt.toISOString() }) } }),
    status,
    createdAt: job.createdAt.toISOString(),
    updatedAt: job.updatedAt.toISOString(),
  };
}
