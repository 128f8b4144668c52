import { readFile } from 'node:fs/promises';
import { exitCodes } from '@ferryline/engine';
import type { Probe } from '../probe.ts';
import { judgeLimits, openFilesOf } from '../rule/limits.ts';

/** What Linux lets an agent watch and hold open. */
export const limitsProbe: Probe = {
  name: 'limits',
  needs: [],
  failsWith: exitCodes.failed,
  run: async () => {
    const [watches, instances, limits] = await Promise.all([
      textOf('/proc/sys/fs/inotify/max_user_watches'),
      textOf('/proc/sys/fs/inotify/max_user_instances'),
      textOf('/proc/self/limits'),
    ]);
    return judgeLimits({
      maxUserWatches: watches === undefined ? undefined : Number(watches),
      maxUserInstances: instances === undefined ? undefined : Number(instances),
      openFiles: limits === undefined ? undefined : openFilesOf(limits),
    });
  },
};

/** Nothing where there is no such file, as on other systems. */
async function textOf(path: string): Promise<string | undefined> {
  return readFile(path, 'utf8').catch(() => undefined);
}
