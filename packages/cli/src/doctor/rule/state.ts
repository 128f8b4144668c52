import { type Finding, fail, ok, warn } from '../finding.ts';
import { type DiskSight, displayRoom, isLow } from './disk.ts';

export interface StateSight {
  readonly path: string;
  /** Absent where there is nothing yet, and the agent will make it. */
  readonly found?: { readonly isDirectory: boolean; readonly mode: number };
  /** Why this process may not write there, or where it would be made: a code of the system, as in EACCES. */
  readonly unwritable?: string | undefined;
  readonly isHeld: boolean;
  readonly disk: DiskSight;
}

const OTHERS = 0o077;

export function judgeState({ path, found, unwritable, isHeld, disk }: StateSight): readonly Finding[] {
  const another = 'Choose another with --state-dir (FERRY_STATE_DIR).';
  if (found?.isDirectory === false) return [fail(`${path} is not a directory.`, another)];
  if (unwritable !== undefined) {
    const what = found === undefined ? 'does not exist, and cannot be made' : 'cannot be written';
    return [
      fail(
        `${path} ${what} (${unwritable}).`,
        `Let the agent's account write there, or choose another with --state-dir (FERRY_STATE_DIR).`,
      ),
    ];
  }
  const findings: Finding[] = [];
  if (found === undefined)
    findings.push(ok(`${path} does not exist yet: the agent will make it; ${displayRoom(disk)}.`));
  else if ((found.mode & OTHERS) !== 0) {
    const mode = found.mode.toString(8).padStart(4, '0');
    findings.push(warn(`${path} is open to other accounts (mode ${mode}).`, `Close it: chmod 700 ${path}`));
  } else findings.push(ok(`${path} can be used, by its owner alone; ${displayRoom(disk)}.`));
  if (isLow(disk))
    findings.push(
      warn(
        `${path} has little room: ${displayRoom(disk)}.`,
        'Make room: an agent that cannot remember cannot receive.',
      ),
    );
  if (isHeld) findings.push(ok('An agent uses it at this moment. It was not disturbed.'));
  return findings;
}
