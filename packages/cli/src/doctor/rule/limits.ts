import { type Finding, ok, warn } from '../finding.ts';

/** What Linux lets this machine watch, and this process hold open; what could not be read is absent. */
export interface LimitsSight {
  readonly maxUserWatches?: number | undefined;
  readonly maxUserInstances?: number | undefined;
  readonly openFiles?: number | undefined;
}

interface Limit {
  readonly name: string;
  readonly value: number | undefined;
  /** Less than this is low. */
  readonly low: number;
  readonly advice: string;
}

/** A directory takes one watch; a large tree has tens of thousands. */
const LOW_WATCHES = 65_536;
/** What Linux gives by itself; other programs of the account take theirs out of it. */
const LOW_INSTANCES = 128;
/** Thousands of transfers are open at a time. */
const LOW_OPEN_FILES = 4_096;

export function judgeLimits({ maxUserWatches, maxUserInstances, openFiles }: LimitsSight): readonly Finding[] {
  const limits: readonly Limit[] = [
    {
      name: 'fs.inotify.max_user_watches',
      value: maxUserWatches,
      low: LOW_WATCHES,
      advice: 'To watch large trees: sysctl -w fs.inotify.max_user_watches=524288',
    },
    {
      name: 'fs.inotify.max_user_instances',
      value: maxUserInstances,
      low: LOW_INSTANCES,
      advice: 'To watch at all: sysctl -w fs.inotify.max_user_instances=512',
    },
    {
      name: 'open files of a process',
      value: openFiles,
      low: LOW_OPEN_FILES,
      advice: 'Raise it where the agent is started: LimitNOFILE=65536 in its systemd unit, or ulimit -n 65536',
    },
  ];
  const known = limits.filter(({ value }) => value !== undefined);
  if (known.length === 0) return [ok('This system does not say what it lets an agent watch and open.')];
  return known.map(({ name, value = 0, low, advice }) =>
    value < low ? warn(`${name} is ${value}, which is low.`, advice) : ok(`${name} is ${value}.`),
  );
}

/** The soft limit of open files, from the text of /proc/self/limits. */
export function openFilesOf(limits: string): number | undefined {
  const [, soft] = /^Max open files\s+(\d+|unlimited)/m.exec(limits) ?? [];
  if (soft === undefined) return undefined;
  return soft === 'unlimited' ? Number.POSITIVE_INFINITY : Number(soft);
}
