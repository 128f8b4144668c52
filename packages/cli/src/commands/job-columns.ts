import type { JobResource } from '../client/resources.ts';
import { type Column, displayTime } from '../display/output.ts';

/** Jobs as every command shows them. */
export const jobColumns: readonly Column<JobResource>[] = [
  { title: 'ID', cell: (job) => job.id },
  { title: 'NAME', cell: (job) => job.name },
  { title: 'TYPE', cell: (job) => job.type },
  { title: 'FROM', cell: (job) => `${job.source.agent.name}:${job.source.path}` },
  { title: 'TO', cell: (job) => `${job.destination.agent.name}:${job.destination.path}` },
  { title: 'SCHEDULE', cell: ({ schedule }) => schedule && `${schedule.cron} ${schedule.timeZone}` },
  { title: 'STATUS', cell: (job) => job.status },
  { title: 'NEXT', cell: ({ schedule }) => schedule?.nextAt && displayTime(schedule.nextAt) },
];
