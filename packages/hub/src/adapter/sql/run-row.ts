import type { Insertable, Selectable, Updateable } from 'kysely';
import { type NewRun, noCounters, type Run, type RunCounters, type RunProgress } from '../../domain/run/run.ts';
import { namesFrom, namesText } from './place-columns.ts';
import { optionColumns, optionsFrom } from './run-option-columns.ts';
import type { RunTable } from './schema.ts';
import { timeColumn } from './time-column.ts';

export function runFrom(row: Selectable<RunTable>): Run {
  return {
    id: row.id,
    userId: row.user_id,
    ...(row.job_id !== null && { jobId: row.job_id }),
    trigger: row.trigger_kind,
    ...(row.tick_at !== null && { tickAt: new Date(row.tick_at) }),
    type: row.type,
    selection: { include: JSON.parse(row.include), exclude: JSON.parse(row.exclude) },
    source: {
      agentId: row.source_agent_id,
      place: { root: row.source_root, names: namesFrom(row.source_names) },
    },
    destination: {
      agentId: row.destination_agent_id,
      place: { root: row.destination_root, names: namesFrom(row.destination_names) },
    },
    intoDestination: row.into_destination === 1,
    options: optionsFrom(row),
    state: row.state,
    counters: {
      filesPlanned: row.files_planned,
      filesMoved: row.files_moved,
      filesSkipped: row.files_skipped,
      filesFailed: row.files_failed,
      bytesPlanned: row.bytes_planned,
      bytesMoved: row.bytes_moved,
      wireBytes: row.wire_bytes,
      directoriesPlanned: row.directories_planned,
      linksPlanned: row.links_planned,
    },
    ...(row.error_code !== null && { errorCode: row.error_code }),
    ...(row.error_message !== null && { errorMessage: row.error_message }),
    createdAt: new Date(row.created_at),
    ...(row.started_at !== null && { startedAt: new Date(row.started_at) }),
    ...(row.planned_at !== null && { plannedAt: new Date(row.planned_at) }),
    ...(row.ended_at !== null && { endedAt: new Date(row.ended_at) }),
  };
}

/** A run as the row it begins as: `planning`, nothing counted. */
export function runRow(run: NewRun, createdAt: Date): Insertable<RunTable> {
  return {
    user_id: run.userId,
    job_id: run.jobId ?? null,
    tick_at: timeColumn(run.tickAt),
    type: run.type,
    include: JSON.stringify(run.selection.include),
    exclude: JSON.stringify(run.selection.exclude),
    trigger_kind: run.trigger,
    source_agent_id: run.source.agentId,
    source_root: run.source.place.root,
    source_names: namesText(run.source.place.names),
    destination_agent_id: run.destination.agentId,
    destination_root: run.destination.place.root,
    destination_names: namesText(run.destination.place.names),
    into_destination: run.intoDestination ? 1 : 0,
    ...optionColumns(run.options),
    state: 'planning',
    ...counterColumns(noCounters),
    created_at: createdAt.getTime(),
  };
}

/** The columns that hold the moving part of a run. */
export function runProgressColumns(progress: RunProgress): Updateable<RunTable> {
  return {
    state: progress.state,
    ...counterColumns(progress.counters),
    error_code: progress.errorCode ?? null,
    error_message: progress.errorMessage ?? null,
    started_at: timeColumn(progress.startedAt),
    planned_at: timeColumn(progress.plannedAt),
    ended_at: timeColumn(progress.endedAt),
  };
}

export function counterColumns(counters: RunCounters) {
  return {
    files_planned: counters.filesPlanned,
    files_moved: counters.filesMoved,
    files_skipped: counters.filesSkipped,
    files_failed: counters.filesFailed,
    bytes_planned: counters.bytesPlanned,
    bytes_moved: counters.bytesMoved,
    wire_bytes: counters.wireBytes,
    directories_planned: counters.directoriesPlanned,
    links_planned: counters.linksPlanned,
  };
}
