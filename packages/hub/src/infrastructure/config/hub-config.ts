export const logLevels = ['trace', 'debug', 'info', 'warn', 'error', 'silent'] as const;
export type LogLevel = (typeof logLevels)[number];

/** A PostgreSQL server that holds what the hub knows, instead of a file in the data directory. */
export interface PostgresConfig {
  /** `postgres://user:password@host:port/database`, with `?sslmode=verify-full` and the like. */
  readonly url: string;
  /** Connections at a time. */
  readonly poolSize: number;
  /** After this long the server gives a statement up. */
  readonly statementTimeoutMs: number;
  /** The certificate authority of the server, PEM; the system's ones when absent. */
  readonly caFile?: string;
}

/** The certificate with which the hub speaks TLS: in files (absolute paths, PEM), or one that it makes for itself. */
export type TlsConfig =
  | { readonly kind: 'files'; readonly certFile: string; readonly keyFile: string }
  | { readonly kind: 'selfSigned' };

/** Everything that a hub can be told before it starts. */
export interface HubConfig {
  /** Absolute. All state lives in it, but what a PostgreSQL server holds. */
  readonly dataDir: string;
  readonly host: string;
  /** 0 means any free port. */
  readonly port: number;
  /** Absent: the hub speaks plain HTTP. */
  readonly tls?: TlsConfig;
  /** Absent: the database is a file in the data directory. */
  readonly postgres?: PostgresConfig;
  /** The first administrator, made when there is no user yet. */
  readonly admin: { readonly email?: string; readonly password?: string };
  readonly http: {
    /** Addresses and networks (CIDR) of the proxies whose `X-Forwarded-For` is believed. */
    readonly trustedProxies: readonly string[];
    /** Origins of other sites whose pages may call the API. */
    readonly corsOrigins: readonly string[];
    /** Whether people reach the hub by HTTPS (or on this machine): then no cookie travels otherwise. */
    readonly secureCookies: boolean;
    /** Whether the first administrator may be made from another machine. */
    readonly setupRemote: boolean;
    /** Names by which people and agents reach the hub; empty: any. */
    readonly hosts: readonly string[];
    /** How much one user may ask. */
    readonly requestsPerMinute: number;
  };
  /** Memory for bytes on their way through the hub, all transfers together. */
  readonly relayMemoryBytes: number;
  /** Disk in the data directory for chunks whose destination is away, all transfers together; 0: none is stored. */
  readonly relayDiskBytes: number;
  readonly logLevel: LogLevel;
  /** How often an agent is asked whether it lives; three missed answers mean offline. */
  readonly heartbeatSeconds: number;
  /** An agent that owes something of a transfer, and shows nothing of it for so long, is sent away, to come back and go on. */
  readonly stallSeconds: number;
}
