import { constants } from 'node:fs';
import { AllowedRoots } from '@ferryline/agent';
import { type AllowedRoot, exitCodes, FerryError } from '@ferryline/engine';
import { diskSight } from '../disk-sight.ts';
import { accessProblem } from '../file-access.ts';
import type { Probe } from '../probe.ts';
import { judgeRoot, NO_ROOTS, type RootSight } from '../rule/roots.ts';
import type { Stated } from '../stated.ts';

/** Whether each allowed root can be used as it is allowed, and how much room it has. Nothing is written there. */
export const rootsProbe: Probe = {
  name: 'roots',
  needs: [],
  failsWith: exitCodes.failed,
  run: async ({ roots, stateDir }) => {
    if (roots.length === 0) return [NO_ROOTS];
    const sights = await Promise.all(roots.map((root) => rootSight(root, stateDir)));
    return sights.map(judgeRoot);
  },
};

async function rootSight(setting: Stated<AllowedRoot>, stateDir: string): Promise<RootSight> {
  if ('error' in setting) return { kind: 'refused', refusal: setting.error };
  const root = setting.value;
  try {
    await AllowedRoots.open([root], { stateDir });
    const [unreadable, unwritable, disk] = await Promise.all([
      accessProblem(root.path, constants.R_OK | constants.X_OK),
      accessProblem(root.path, constants.W_OK),
      diskSight(root.path),
    ]);
    return { kind: 'usable', root, unreadable, unwritable, disk };
  } catch (thrown) {
    return { kind: 'refused', refusal: FerryError.from(thrown) };
  }
}
