import { randomBytes } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Children } from './children.ts';

/** A hub and two agents that are up, and how to talk to them. */
export interface Stage {
  readonly url: string;
  readonly email: string;
  readonly password: string;
  /** The environment in which `ferry` speaks to this hub as its administrator. */
  readonly env: NodeJS.ProcessEnv;
  /** What the destination agent is allowed to write. */
  readonly received: string;
}

/**
 * Starts the real things, as separate processes: a hub on a free port, an agent that may read the source, one that may write.
 *
 * @param hubSettings environment variables that make the hub other than it is by default
 */
export async function setStage(
  children: Children,
  folder: string,
  source: string,
  hubSettings: Readonly<Record<string, string>> = {},
): Promise<Stage> {
  const email = 'admin@ferryline.example';
  const password = randomBytes(18).toString('base64url');
  const base = plainEnvironment();
  const url = await children.startService(
    ['hub', '--data-dir', join(folder, 'hub'), '--port', '0', '--log-level', 'warn'],
    { ...base, ...hubSettings, FERRY_ADMIN_EMAIL: email, FERRY_ADMIN_PASSWORD: password },
    /^Ferryline hub listening on (\S+)/,
  );
  const env = { ...base, FERRY_HUB: url, FERRY_EMAIL: email, FERRY_PASSWORD: password };
  const received = join(folder, 'received');
  mkdirSync(received);
  for (const [name, allow] of [
    ['source', `${source}:ro`],
    ['destination', `${received}:rw`],
  ] as const) {
    const tokenFile = await makeToken(children, env, folder, name);
    const state = join(folder, `${name}-agent`);
    const args = ['agent', '--hub', url, '--token-file', tokenFile, '--allow', allow, '--state-dir', state];
    await children.startService([...args, '--log-level', 'warn'], base, /^Ferryline agent (\S+) connected/);
  }
  return { url, email, password, env, received };
}

async function makeToken(children: Children, env: NodeJS.ProcessEnv, folder: string, name: string): Promise<string> {
  const { exitCode, stdout } = await children.run(['tokens', 'create', name, '--json'], env);
  if (exitCode !== 0) throw new Error(`ferry tokens create ${name} ended with exit code ${exitCode}.`);
  const { token } = JSON.parse(stdout) as { token: string };
  const file = join(folder, `${name}.token`);
  writeFileSync(file, `${token}\n`, { mode: 0o600 });
  return file;
}

/** Ours without FERRY_ variables: a stage must not talk to another hub, nor as another person. */
function plainEnvironment(): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith('FERRY_')));
}
