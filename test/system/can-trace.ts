import { spawnSync } from 'node:child_process';

/** Whether strace is here, and may trace: in a container it often may not. */
export function canTrace(): boolean {
  const { status } = spawnSync('strace', ['-qq', '-e', 'trace=none', 'true'], { stdio: 'ignore' });
  return status === 0;
}
