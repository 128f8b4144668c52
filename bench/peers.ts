import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { Children } from '../scripts/stage/children.ts';
import type { Stage } from '../scripts/stage/stage.ts';
import type { SshServer } from './ssh-server.ts';

const run = promisify(execFile);

/** Something that can copy a folder into another. */
export interface Peer {
  readonly name: string;
  /** Copies `folder` to a new place called `as`; rejects when it did not arrive. */
  copy(folder: string, as: string): Promise<void>;
}

/**
 * `rsync` over ssh, the measure of all copies: with `-a` alone, as people use it, or with `--fsync` too, which promises for each file
 * what Ferryline promises.
 */
export function rsyncPeer(ssh: SshServer, into: string, options: readonly string[]): Peer {
  return {
    name: `rsync ${options.join(' ')}`,
    copy: async (folder, as) => {
      await run('rsync', [...options, '-e', ssh.remoteShell, `${folder}/`, `${ssh.login}:${join(into, as)}/`]);
    },
  };
}

/** Ferryline: source agent, hub and destination agent, each a process of its own. */
export function ferrylinePeer(children: Children, stage: Stage): Peer {
  return {
    name: 'Ferryline',
    copy: async (folder, as) => {
      const to = `destination:${join(stage.received, as)}`;
      const { exitCode, stdout } = await children.run(['cp', `source:${folder}`, to, '--json'], stage.env);
      if (exitCode !== 0) throw new Error(`ferry cp ended with exit code ${exitCode}: ${stdout}`);
    },
  };
}
