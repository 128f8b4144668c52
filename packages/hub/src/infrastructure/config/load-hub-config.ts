import { homedir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { FerryError } from '../../domain/common/errors.ts';
import { parseByteSize } from './byte-size.ts';
import { readConfigFile } from './config-file.ts';
import { type HubConfig, logLevels } from './hub-config.ts';
import { type HubSetting, hubSettings } from './settings.ts';

type Environment = Readonly<Record<string, string | undefined>>;

export interface ConfigSources {
  /** As typed, by the setting's name; what is undefined was not given. */
  readonly flags: Readonly<Partial<Record<HubSetting, string | undefined>>>;
  readonly env: Environment;
  /** A YAML file; FERRY_CONFIG names one too. */
  readonly file?: string;
}

/** Less could not hold one chunk of every kind of file and the next one. */
const MIN_RELAY_MEMORY_BYTES = 4 * 2 ** 20;
const DEFAULT_RELAY_MEMORY_BYTES = 128 * 2 ** 20;
const MAX_PORT = 65_535;
/** Slower than this, and a dead agent would count as online for a quarter of an hour. */
const MAX_HEARTBEAT_SECONDS = 300;

/** One setting as it was found: its text, and where, for error messages. */
interface Found {
  readonly text: string;
  readonly where: string;
  /** What a relative path in it starts from. */
  readonly folder: string;
}

/**
 * The hub's configuration: flags before environment before file before defaults. The data directory is, by default,
 * `$XDG_DATA_HOME/ferry/hub` (`~/.local/share/ferry/hub`): a folder below the working directory would give a hub that is started
 * from elsewhere an empty database.
 *
 * @throws FerryError VALIDATION that names the setting, where it was set, and what it takes.
 */
export function loadHubConfig(sources: ConfigSources): HubConfig {
  const find = finder(sources);
  const email = find('admin.email')?.text;
  const password = find('admin.password')?.text;
  return {
    dataDir: dataDir(find('dataDir'), sources.env),
    host: host(find('host')),
    port: wholeNumber('port', find('port'), 7420, 0, MAX_PORT),
    admin: { ...(email !== undefined && { email }), ...(password !== undefined && { password }) },
    relayMemoryBytes: relayMemory(find('relay.memory')),
    logLevel: oneOf('log.level', find('log.level'), 'info', logLevels),
    heartbeatSeconds: wholeNumber('heartbeatSeconds', find('heartbeatSeconds'), 15, 1, MAX_HEARTBEAT_SECONDS),
  };
}

function finder({ flags, env, file }: ConfigSources): (setting: HubSetting) => Found | undefined {
  const path = file ?? (env.FERRY_CONFIG || undefined);
  const fromFile = path === undefined ? undefined : readConfigFile(path);
  return (setting) => {
    const candidates: (Omit<Found, 'text'> & { readonly text: string | undefined })[] = [
      { text: flags[setting], where: 'on the command line', folder: '.' },
      // An empty variable is how many tools unset one.
      { text: env[hubSettings[setting]] || undefined, where: `in ${hubSettings[setting]}`, folder: '.' },
      { text: fromFile?.get(setting), where: `in ${path}`, folder: dirname(path ?? '.') },
    ];
    for (const { text, ...rest } of candidates) if (text !== undefined) return { text, ...rest };
    return undefined;
  };
}

function dataDir(found: Found | undefined, env: Environment): string {
  if (found !== undefined) return resolve(found.folder, nonEmpty('dataDir', found));
  return join(env.XDG_DATA_HOME || join(env.HOME || homedir(), '.local', 'share'), 'ferry', 'hub');
}

function host(found: Found | undefined): string {
  return found === undefined ? '127.0.0.1' : nonEmpty('host', found);
}

function nonEmpty(setting: HubSetting, found: Found): string {
  if (found.text.trim() !== '') return found.text;
  throw invalid(setting, found, 'may not be empty');
}

function wholeNumber(
  setting: HubSetting,
  found: Found | undefined,
  standard: number,
  min: number,
  max: number,
): number {
  if (found === undefined) return standard;
  const value = Number(found.text);
  if (/^\d+$/.test(found.text.trim()) && value >= min && value <= max) return value;
  throw invalid(setting, found, `takes a whole number from ${min} to ${max}`);
}

function relayMemory(found: Found | undefined): number {
  if (found === undefined) return DEFAULT_RELAY_MEMORY_BYTES;
  const bytes = parseByteSize(found.text);
  if (bytes !== undefined && bytes >= MIN_RELAY_MEMORY_BYTES) return bytes;
  throw invalid('relay.memory', found, 'takes a size of at least 4MiB, as in 128MiB');
}

function oneOf<Value extends string>(
  setting: HubSetting,
  found: Found | undefined,
  standard: Value,
  values: readonly Value[],
): Value {
  if (found === undefined) return standard;
  const value = values.find((each) => each === found.text);
  if (value !== undefined) return value;
  throw invalid(setting, found, `takes one of ${values.join(', ')}`);
}

function invalid(setting: HubSetting, found: Found, rule: string): FerryError {
  return new FerryError('VALIDATION', `${setting} ${found.where} is "${found.text}", but it ${rule}.`, {
    details: { setting, where: found.where },
  });
}
