import type { Insertable, Selectable, Updateable } from 'kysely';
import type { Job, JobChanges, JobEndpoint, NewJob } from '../../domain/job/job.ts';
import type { Schedule } from '../../domain/job/schedule.ts';
import { optionColumns, optionsFrom } from './run-option-columns.ts';
import type { JobTable } from './schema.ts';
import { timeColumn } from './time-column.ts';

export function jobFrom(row: Selectable<JobTable>): Job {
  const schedule = scheduleFrom(row);
  return {
    id: row.id,
    userId: row.user_id,
    name: row.name,
    type: row.type,
    source: { agentId: row.source_agent_id, path: row.source_path },
    destination: { agentId: row.destination_agent_id, path: row.destination_path },
    selection: { include: JSON.parse(row.include), exclude: JSON.parse(row.exclude) },
    options: optionsFrom(row),
    ...(schedule !== undefined && { schedule }),
    status: row.status,
    ...(row.last_tick_at !== null && { lastTickAt: new Date(row.last_tick_at) }),
    ...(row.queued_tick_at !== null && { queuedTickAt: new Date(row.queued_tick_at) }),
    createdAt: new Date(row.created_at),
    updatedAt: new Date(row.updated_at),
    version: row.revision,
  };
}

export function jobRow(job: NewJob, at: Date): Insertable<JobTable> {
  return {
    user_id: job.userId,
    name: job.name,
    type: job.type,
    ...sourceColumns(job.source),
    ...destinationColumns(job.destination),
    ...selectionColumns(job.selection),
    ...optionColumns(job.options),
    ...scheduleColumns(job.schedule),
    status: job.status,
    last_tick_at: timeColumn(job.lastTickAt),
    created_at: at.getTime(),
    updated_at: at.getTime(),
    revision: 1,
  };
}

/** The columns that a change writes. */
export function jobChangeColumns(changes: JobChanges): Updateable<JobTable> {
  const { name, type, source, destination, selection, options, schedule, status, lastTickAt } = changes;
  return {
    ...(name !== undefined && { name }),
    ...(type !== undefined && { type }),
    ...(source && sourceColumns(source)),
    ...(destination && destinationColumns(destination)),
    ...(selection && selectionColumns(selection)),
    ...(options && optionColumns(options)),
    ...(schedule !== undefined && scheduleColumns(schedule ?? undefined)),
    ...(status !== undefined && { status }),
    // What was owed until then is owed no more.
    ...(lastTickAt !== undefined && { last_tick_at: lastTickAt.getTime(), queued_tick_at: null }),
  };
}

function scheduleFrom({ cron, time_zone, overlap, missed }: Selectable<JobTable>): Schedule | undefined {
  if (cron === null || time_zone === null || overlap === null || missed === null) return undefined;
  return { cron, timeZone: time_zone, overlap, missed };
}

function scheduleColumns(schedule: Schedule | undefined) {
  return {
    cron: schedule?.cron ?? null,
    time_zone: schedule?.timeZone ?? null,
    overlap: schedule?.overlap ?? null,
    missed: schedule?.missed ?? null,
  };
}

function sourceColumns({ agentId, path }: JobEndpoint) {
  return { source_agent_id: agentId, source_path: path };
}

function destinationColumns({ agentId, path }: JobEndpoint) {
  return { destination_agent_id: agentId, destination_path: path };
}

function selectionColumns({ include, exclude }: Job['selection']) {
  return { include: JSON.stringify(include), exclude: JSON.stringify(exclude) };
}
