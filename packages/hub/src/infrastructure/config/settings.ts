/**
 * Every setting of the hub: its name in the YAML file (a dot means one level deeper), and the environment variable of the same
 * meaning. Flags go by the YAML name.
 */
export const hubSettings = {
  dataDir: 'FERRY_DATA_DIR',
  host: 'FERRY_HOST',
  port: 'FERRY_PORT',
  'admin.email': 'FERRY_ADMIN_EMAIL',
  'admin.password': 'FERRY_ADMIN_PASSWORD',
  'relay.memory': 'FERRY_RELAY_MEMORY',
  'log.level': 'FERRY_LOG_LEVEL',
  heartbeatSeconds: 'FERRY_HEARTBEAT_SECONDS',
} as const;

export type HubSetting = keyof typeof hubSettings;

export function isHubSetting(name: string): name is HubSetting {
  return Object.hasOwn(hubSettings, name);
}

/** Variables of our prefix that are not settings of the hub, but of the agent and the other commands. */
const otherVariables = [
  'FERRY_CONFIG',
  'FERRY_HUB',
  'FERRY_EMAIL',
  'FERRY_PASSWORD',
  'FERRY_TOKEN',
  'FERRY_TOKEN_FILE',
  'FERRY_ALLOW',
  'FERRY_STATE_DIR',
  'FERRY_AGENT_NAME',
  'FERRY_DEBUG',
];

export const knownVariables: readonly string[] = [...Object.values(hubSettings), ...otherVariables];
