import { randomUUID } from 'node:crypto';
import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';
import { FerryError } from '@ferryline/engine';
import { z } from 'zod';

const signInSchema = z.object({
  email: z.string(),
  accessToken: z.string(),
  expiresAt: z.string(),
  /** Good for one use, which gives the next one. */
  refreshToken: z.string().optional(),
  /** By what the hub's certificate is known, as it was said when signing in. */
  trust: z.object({ caFile: z.string().optional(), pin: z.string().optional() }).optional(),
});
const credentialsSchema = z.object({
  /** The hub that commands talk to when none is named; none after signing out of it. */
  current: z.string().optional(),
  hubs: z.record(z.string(), signInSchema),
});

/** What `ferry login` keeps of a hub: who signed in, the access token, and what gets the next one. Never the password. */
export type SignIn = z.infer<typeof signInSchema>;
export type Credentials = z.infer<typeof credentialsSchema>;

type Environment = Readonly<Record<string, string | undefined>>;

/** `$XDG_CONFIG_HOME/ferry/credentials.json`, by default below `~/.config`. */
export function credentialsFile(env: Environment): string {
  const configHome = env.XDG_CONFIG_HOME || join(env.HOME || homedir(), '.config');
  return join(configHome, 'ferry', 'credentials.json');
}

/** @throws FerryError VALIDATION when the file is there and is not what `ferry login` writes. */
export async function readCredentials(env: Environment): Promise<Credentials | undefined> {
  const file = credentialsFile(env);
  let text: string;
  try {
    text = await readFile(file, 'utf8');
  } catch (thrown) {
    if (thrown instanceof Error && 'code' in thrown && thrown.code === 'ENOENT') return undefined;
    throw unusable(file, thrown);
  }
  try {
    return credentialsSchema.parse(JSON.parse(text));
  } catch (thrown) {
    throw unusable(file, thrown);
  }
}

/** Keeps what a refresh brought, if the hub is still signed in to; which hub is the current one stays as it is. */
export async function replaceSignIn(env: Environment, hub: string, signIn: SignIn): Promise<void> {
  const before = await readCredentials(env);
  if (before?.hubs[hub] === undefined) return;
  await writeCredentials(credentialsFile(env), { ...before, hubs: { ...before.hubs, [hub]: signIn } });
}

/** Keeps the sign-in, and makes its hub the current one. */
export async function storeSignIn(env: Environment, hub: string, signIn: SignIn): Promise<void> {
  const file = credentialsFile(env);
  const before = await readCredentials(env);
  await writeCredentials(file, { current: hub, hubs: { ...before?.hubs, [hub]: signIn } });
}

/**
 * Forgets a sign-in; the file goes with the last one.
 *
 * @param hub the current one when absent
 * @returns the hub that was forgotten; undefined when there was nothing to forget
 */
export async function removeSignIn(env: Environment, hub?: string): Promise<string | undefined> {
  const file = credentialsFile(env);
  const before = await readCredentials(env);
  const gone = hub ?? before?.current;
  if (before === undefined || gone === undefined || !Object.hasOwn(before.hubs, gone)) return undefined;
  const { [gone]: _forgotten, ...hubs } = before.hubs;
  const isCurrent = before.current === gone || before.current === undefined;
  if (Object.keys(hubs).length === 0) await rm(file);
  else await writeCredentials(file, { hubs, ...(isCurrent ? {} : { current: before.current }) });
  return gone;
}

/** Only the owner can read the file, also while it is written, whatever its mode was. */
async function writeCredentials(file: string, credentials: Credentials): Promise<void> {
  await mkdir(dirname(file), { recursive: true, mode: 0o700 });
  const draft = `${file}.${randomUUID()}`;
  try {
    await writeFile(draft, `${JSON.stringify(credentials, undefined, 2)}\n`, { mode: 0o600, flag: 'wx' });
    await rename(draft, file);
  } finally {
    await rm(draft, { force: true });
  }
}

function unusable(file: string, cause: unknown): FerryError {
  const reason = cause instanceof Error && 'code' in cause ? String(cause.code) : 'it is not what ferry login writes';
  return new FerryError(
    'VALIDATION',
    `The stored sign-in ${file} cannot be read (${reason}). Remove it and sign in again.`,
    { cause },
  );
}
