import { homedir } from 'node:os';
import { join } from 'node:path';
import {
  type ConfigSources,
  type Environment,
  type FoundSetting,
  invalidSetting,
  settingFinder,
} from './found-setting.ts';
import { type HubConfig, logLevels, type PostgresConfig, type TlsConfig } from './hub-config.ts';
import {
  byteSize,
  hostNames,
  networks,
  nonEmpty,
  oneOf,
  origins,
  path,
  postgresUrl,
  secretIn,
  wholeNumber,
  yesOrNo,
} from './setting-values.ts';
import type { HubSetting } from './settings.ts';

/** Less could not hold one chunk of every kind of file and the next one. */
const MIN_RELAY_MEMORY_BYTES = 4 * 2 ** 20;
const DEFAULT_RELAY_MEMORY_BYTES = 128 * 2 ** 20;
const DEFAULT_RELAY_DISK_BYTES = 20 * 2 ** 30;
const MAX_PORT = 65_535;
/** Slower than this, and a dead agent would count as online for a quarter of an hour. */
const MAX_HEARTBEAT_SECONDS = 300;
/** An agent gives a sign of work that shows in nothing else every 10 s: less than twice that would be unfair. */
const MIN_STALL_SECONDS = 20;
const MAX_STALL_SECONDS = 3_600;
/** PostgreSQL takes a hundred connections unless told otherwise; others want some of them. */
const DEFAULT_POOL_SIZE = 10;
const DEFAULT_STATEMENT_TIMEOUT_SECONDS = 30;

/**
 * The hub's configuration: flags before environment before file before defaults. The data directory is, by default,
 * `$XDG_DATA_HOME/ferry/hub` (`~/.local/share/ferry/hub`): a folder below the working directory would give a hub that is started
 * from elsewhere an empty database.
 *
 * @throws FerryError VALIDATION that names the setting, where it was set, and what it takes.
 */
export function loadHubConfig(sources: ConfigSources): HubConfig {
  const find = settingFinder(sources);
  const value = <Value>(setting: HubSetting, read: (found: FoundSetting) => Value, standard: Value): Value => {
    const found = find(setting);
    return found === undefined ? standard : read(found);
  };
  const postgres = postgresConfig(find, value);
  const tls = tlsConfig(find);
  return {
    dataDir: value('dataDir', path, defaultDataDir(sources.env)),
    host: value('host', nonEmpty, '127.0.0.1'),
    port: value('port', (found) => wholeNumber(found, { min: 0, max: MAX_PORT }), 7420),
    ...(tls !== undefined && { tls }),
    ...(postgres !== undefined && { postgres }),
    admin: administrator(find),
    http: {
      trustedProxies: value('http.trustedProxies', networks, []),
      corsOrigins: value('http.corsOrigins', origins, []),
      // Where there is TLS, no cookie needs to travel without.
      secureCookies: tls !== undefined || value('http.secureCookies', yesOrNo, true),
      setupRemote: value('http.setupRemote', yesOrNo, false),
      hosts: value('http.hosts', hostNames, []),
      requestsPerMinute: value(
        'http.requestsPerMinute',
        (found) => wholeNumber(found, { min: 10, max: 1_000_000 }),
        600,
      ),
    },
    relayMemoryBytes: value(
      'relay.memory',
      (found) => byteSize(found, MIN_RELAY_MEMORY_BYTES, '4MiB'),
      DEFAULT_RELAY_MEMORY_BYTES,
    ),
    relayDiskBytes: value('relay.diskQuota', (found) => byteSize(found, 0, '0'), DEFAULT_RELAY_DISK_BYTES),
    logLevel: value('log.level', (found) => oneOf(found, logLevels), 'info'),
    heartbeatSeconds: value(
      'heartbeatSeconds',
      (found) => wholeNumber(found, { min: 1, max: MAX_HEARTBEAT_SECONDS }),
      15,
    ),
    stallSeconds: value(
      'stallSeconds',
      (found) => wholeNumber(found, { min: MIN_STALL_SECONDS, max: MAX_STALL_SECONDS }),
      60,
    ),
  };
}

type Find = ReturnType<typeof settingFinder>;

function tlsConfig(find: Find): TlsConfig | undefined {
  const certFile = find('tls.certFile');
  const keyFile = find('tls.keyFile');
  const selfSigned = find('tls.selfSigned');
  if (selfSigned !== undefined && yesOrNo(selfSigned)) {
    if (certFile === undefined && keyFile === undefined) return { kind: 'selfSigned' };
    throw invalidSetting(selfSigned, 'cannot stand beside tls.certFile and tls.keyFile: give one or the other');
  }
  if (certFile !== undefined && keyFile !== undefined)
    return { kind: 'files', certFile: path(certFile), keyFile: path(keyFile) };
  if (certFile !== undefined) throw invalidSetting(certFile, 'needs the key beside it: give tls.keyFile too');
  if (keyFile !== undefined) throw invalidSetting(keyFile, 'needs the certificate beside it: give tls.certFile too');
  return undefined;
}

function postgresConfig(
  find: Find,
  value: <Value>(setting: HubSetting, read: (found: FoundSetting) => Value, standard: Value) => Value,
): PostgresConfig | undefined {
  const url = find('database.url');
  if (url === undefined) return undefined;
  const caFile = find('database.caFile');
  const seconds = (found: FoundSetting): number => wholeNumber(found, { min: 1, max: 3_600 });
  return {
    url: postgresUrl(url),
    poolSize: value('database.poolSize', (found) => wholeNumber(found, { min: 2, max: 1_000 }), DEFAULT_POOL_SIZE),
    statementTimeoutMs: 1_000 * value('database.statementTimeoutSeconds', seconds, DEFAULT_STATEMENT_TIMEOUT_SECONDS),
    ...(caFile !== undefined && { caFile: path(caFile) }),
  };
}

function administrator(find: Find): HubConfig['admin'] {
  const email = find('admin.email')?.text;
  const given = find('admin.password');
  const file = find('admin.passwordFile');
  if (given !== undefined && file !== undefined) {
    throw invalidSetting(file, 'cannot stand beside admin.password: give one of the two');
  }
  const password = file === undefined ? given?.text : secretIn(file);
  return { ...(email !== undefined && { email }), ...(password !== undefined && { password }) };
}

function defaultDataDir(env: Environment): string {
  return join(env.XDG_DATA_HOME || join(env.HOME || homedir(), '.local', 'share'), 'ferry', 'hub');
}
