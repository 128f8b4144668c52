/**
 * Every setting of the hub: its name in the YAML file (a dot means one level deeper), and the environment variable of the same
 * meaning. Flags go by the YAML name.
 */
export const hubSettings = {
  dataDir: 'FERRY_DATA_DIR',
  host: 'FERRY_HOST',
  port: 'FERRY_PORT',
  'tls.certFile': 'FERRY_TLS_CERT_FILE',
  'tls.keyFile': 'FERRY_TLS_KEY_FILE',
  'tls.selfSigned': 'FERRY_TLS_SELF_SIGNED',
  'database.url': 'FERRY_DATABASE_URL',
  'database.poolSize': 'FERRY_DATABASE_POOL_SIZE',
  'database.statementTimeoutSeconds': 'FERRY_DATABASE_STATEMENT_TIMEOUT_SECONDS',
  'database.caFile': 'FERRY_DATABASE_CA_FILE',
  'admin.email': 'FERRY_ADMIN_EMAIL',
  'admin.password': 'FERRY_ADMIN_PASSWORD',
  'admin.passwordFile': 'FERRY_ADMIN_PASSWORD_FILE',
  'http.trustedProxies': 'FERRY_TRUSTED_PROXIES',
  'http.corsOrigins': 'FERRY_CORS_ORIGINS',
  'http.secureCookies': 'FERRY_SECURE_COOKIES',
  'http.setupRemote': 'FERRY_SETUP_REMOTE',
  'http.hosts': 'FERRY_HOSTS',
  'http.requestsPerMinute': 'FERRY_REQUESTS_PER_MINUTE',
  'relay.memory': 'FERRY_RELAY_MEMORY',
  'relay.diskQuota': 'FERRY_RELAY_DISK_QUOTA',
  'log.level': 'FERRY_LOG_LEVEL',
  heartbeatSeconds: 'FERRY_HEARTBEAT_SECONDS',
  stallSeconds: 'FERRY_STALL_SECONDS',
} as const;

export type HubSetting = keyof typeof hubSettings;

/** Settings that take several values: a YAML list, or one text with commas. */
export const listSettings: ReadonlySet<HubSetting> = new Set(['http.trustedProxies', 'http.corsOrigins', 'http.hosts']);

/** Settings that nobody else may read. */
export const secretSettings: ReadonlySet<HubSetting> = new Set(['admin.password', 'database.url']);

export function isHubSetting(name: string): name is HubSetting {
  return Object.hasOwn(hubSettings, name);
}

/** Variables of our prefix that are not settings of the hub, but of the agent and the other commands. */
const otherVariables = [
  'FERRY_CONFIG',
  'FERRY_HUB',
  'FERRY_EMAIL',
  'FERRY_PASSWORD',
  'FERRY_API_KEY',
  'FERRY_API_KEY_FILE',
  'FERRY_TOKEN',
  'FERRY_TOKEN_FILE',
  'FERRY_ALLOW',
  'FERRY_STATE_DIR',
  'FERRY_KEEP_PARTIAL',
  'FERRY_CA_FILE',
  'FERRY_PIN',
  'FERRY_INSECURE_HTTP',
  'FERRY_AGENT_NAME',
  'FERRY_TRANSPORT',
  'FERRY_DEBUG',
];

export const knownVariables: readonly string[] = [...Object.values(hubSettings), ...otherVariables];
