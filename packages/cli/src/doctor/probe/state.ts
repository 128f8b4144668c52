import { constants } from 'node:fs';
import { stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { isStateDirectoryHeld } from '@ferryline/agent';
import { exitCodes } from '@ferryline/engine';
import { diskSight } from '../disk-sight.ts';
import { accessProblem } from '../file-access.ts';
import type { Probe } from '../probe.ts';
import { judgeState, type StateSight } from '../rule/state.ts';

/** Whether the agent can keep its state, and whether one does already. Nothing is made or held. */
export const stateProbe: Probe = {
  name: 'state',
  needs: [],
  failsWith: exitCodes.failed,
  run: async ({ stateDir }) => judgeState(await stateSight(stateDir)),
};

async function stateSight(path: string): Promise<StateSight> {
  const found = await entryAt(path);
  const place = found === undefined ? await nearest(dirname(path)) : path;
  const disk = await diskSight(place);
  const unwritable = await accessProblem(place, constants.W_OK | constants.X_OK);
  const isHeld = found?.isDirectory === true && unwritable === undefined && isStateDirectoryHeld(path);
  return { path, unwritable, isHeld, disk, ...(found !== undefined && { found }) };
}

async function entryAt(path: string): Promise<StateSight['found']> {
  try {
    const entry = await stat(path);
    return { isDirectory: entry.isDirectory(), mode: entry.mode & 0o777 };
  } catch (thrown) {
    if (thrown instanceof Error && 'code' in thrown && thrown.code === 'ENOENT') return undefined;
    throw thrown;
  }
}

/** The directory that is there, on the way to one that is not. */
async function nearest(path: string): Promise<string> {
  if ((await entryAt(path)) !== undefined || dirname(path) === path) return path;
  return nearest(dirname(path));
}
