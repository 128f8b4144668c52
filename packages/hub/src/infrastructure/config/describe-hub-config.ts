import { Document } from 'yaml';
import { type ConfigSources, settingFinder } from './found-setting.ts';
import type { HubConfig } from './hub-config.ts';
import { type HubSetting, secretSettings } from './settings.ts';

/**
 * The configuration that a hub would start with, as the YAML file that says the same, with a comment where each value comes from.
 * Secrets are masked.
 */
export function describeHubConfig(config: HubConfig, sources: ConfigSources): string {
  const find = settingFinder(sources);
  const document = new Document({});
  for (const [setting, value] of Object.entries(valuesOf(config)) as [HubSetting, unknown][]) {
    if (value === undefined) continue;
    const node = document.createNode(secretSettings.has(setting) ? masked(setting, String(value)) : value);
    node.comment = ` ${find(setting)?.where ?? 'default'}`;
    document.setIn(setting.split('.'), node);
  }
  return document.toString({ flowCollectionPadding: false });
}

function valuesOf(config: HubConfig): Readonly<Record<HubSetting, unknown>> {
  const { postgres, admin, http, tls } = config;
  return {
    dataDir: config.dataDir,
    host: config.host,
    port: config.port,
    'tls.certFile': tls?.kind === 'files' ? tls.certFile : undefined,
    'tls.keyFile': tls?.kind === 'files' ? tls.keyFile : undefined,
    'tls.selfSigned': tls?.kind === 'selfSigned' ? true : undefined,
    'database.url': postgres?.url,
    'database.poolSize': postgres?.poolSize,
    'database.statementTimeoutSeconds': postgres && postgres.statementTimeoutMs / 1_000,
    'database.caFile': postgres?.caFile,
    'admin.email': admin.email,
    'admin.password': admin.password,
    // Read into admin.password.
    'admin.passwordFile': undefined,
    'http.trustedProxies': http.trustedProxies.length > 0 ? http.trustedProxies : undefined,
    'http.corsOrigins': http.corsOrigins.length > 0 ? http.corsOrigins : undefined,
    'http.secureCookies': http.secureCookies,
    'http.setupRemote': http.setupRemote,
    'http.hosts': http.hosts.length > 0 ? http.hosts : undefined,
    'http.requestsPerMinute': http.requestsPerMinute,
    'relay.memory': config.relayMemoryBytes,
    'relay.diskQuota': config.relayDiskBytes,
    'log.level': config.logLevel,
    heartbeatSeconds: config.heartbeatSeconds,
    stallSeconds: config.stallSeconds,
  };
}

function masked(setting: HubSetting, value: string): string {
  if (setting !== 'database.url') return '********';
  const url = new URL(value);
  if (url.password !== '') url.password = '********';
  return url.href;
}
