/** The hub: the server in the middle, with its REST API, its relay and its database. */
export { describeHubConfig } from './infrastructure/config/describe-hub-config.ts';
export type { HubConfig } from './infrastructure/config/hub-config.ts';
export { loadHubConfig } from './infrastructure/config/load-hub-config.ts';
export { unknownVariables } from './infrastructure/config/unknown-variables.ts';
export { backupHub, type RunningHub, rotateKeys, startHub } from './main.ts';
