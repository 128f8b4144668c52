export const logLevels = ['trace', 'debug', 'info', 'warn', 'error', 'silent'] as const;
export type LogLevel = (typeof logLevels)[number];

/** Everything that a hub can be told before it starts. */
export interface HubConfig {
  /** Absolute. All state lives in it. */
  readonly dataDir: string;
  readonly host: string;
  /** 0 means any free port. */
  readonly port: number;
  /** The first administrator, made when there is no user yet. */
  readonly admin: { readonly email?: string; readonly password?: string };
  /** Memory for bytes on their way through the hub, all transfers together. */
  readonly relayMemoryBytes: number;
  readonly logLevel: LogLevel;
  /** How often an agent is asked whether it lives; three missed answers mean offline. */
  readonly heartbeatSeconds: number;
}
