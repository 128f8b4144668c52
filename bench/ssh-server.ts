import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { userInfo } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { promisify } from 'node:util';

const run = promisify(execFile);

export interface SshServer {
  /** The remote shell for `rsync -e`, with key and port. */
  readonly remoteShell: string;
  /** `user@host`. */
  readonly login: string;
  close(): Promise<void>;
}

/** sshd is not on the PATH of everybody. */
const PATH = `${process.env.PATH}:/usr/sbin:/usr/local/sbin`;

/** Which of the programs that rsync over ssh needs are not installed here. */
export async function missingPrograms(): Promise<readonly string[]> {
  const missing: string[] = [];
  for (const name of ['rsync', 'ssh', 'ssh-keygen', 'sshd']) await pathOf(name).catch(() => missing.push(name));
  return missing;
}

async function pathOf(program: string): Promise<string> {
  const { stdout } = await run('sh', ['-c', `command -v ${program}`], { env: { ...process.env, PATH } });
  return stdout.trim();
}

/** Starts an sshd of our own on loopback, with keys made for this run; stopped by `close`. */
export async function startSshServer(folder: string): Promise<SshServer> {
  const keys = join(folder, 'ssh');
  await mkdir(keys, { recursive: true, mode: 0o700 });
  const [hostKey, userKey] = [join(keys, 'host'), join(keys, 'user')];
  for (const key of [hostKey, userKey]) await run('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-f', key]);
  const authorized = join(keys, 'authorized_keys');
  await writeFile(authorized, await readFile(`${userKey}.pub`), { mode: 0o600 });
  const port = await freePort();
  const config = join(keys, 'sshd_config');
  await writeFile(
    config,
    [
      `Port ${port}`,
      'ListenAddress 127.0.0.1',
      `HostKey ${hostKey}`,
      `AuthorizedKeysFile ${authorized}`,
      'StrictModes no',
      'PasswordAuthentication no',
      'PermitRootLogin prohibit-password',
      'UsePAM no',
      'PidFile none',
    ].join('\n'),
  );
  // sshd insists on being called by its full path.
  const sshd = await pathOf('sshd');
  if (process.getuid?.() === 0) await mkdir('/run/sshd', { recursive: true, mode: 0o755 });
  const child = spawn(sshd, ['-D', '-e', '-f', config], { stdio: ['ignore', 'ignore', 'pipe'] });
  for await (const line of createInterface({ input: child.stderr })) {
    if (line.includes('Server listening')) break;
  }
  child.stderr.resume();
  const options = `-p ${port} -i ${userKey} -o StrictHostKeyChecking=no -o UserKnownHostsFile=/dev/null -o LogLevel=ERROR`;
  return {
    remoteShell: `ssh ${options}`,
    login: `${userInfo().username}@127.0.0.1`,
    close: async () => {
      if (child.exitCode !== null) return;
      child.kill('SIGTERM');
      await once(child, 'exit');
    },
  };
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  if (address === null || typeof address === 'string') throw new Error('no free port');
  return address.port;
}
