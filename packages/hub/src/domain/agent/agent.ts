export type AgentStatus = 'online' | 'offline';
export type TransportMode = 'websocket' | 'polling';
export type RootAccess = 'ro' | 'rw';

/** A directory tree that an agent's own configuration opens; the hub knows it only as reported. */
export interface AllowedRoot {
  readonly path: string;
  readonly access: RootAccess;
}

/** What an agent says of itself when it connects. */
export interface AgentInfo {
  readonly version: string;
  readonly host: string;
  readonly os: string;
  readonly arch: string;
  readonly roots: readonly AllowedRoot[];
}

/** The process on an endpoint. */
export interface Agent {
  readonly id: number;
  readonly name: string;
  readonly description: string;
  readonly labels: readonly string[];
  readonly status: AgentStatus;
  readonly transport?: TransportMode;
  /** Absent until the agent connected for the first time. */
  readonly info?: AgentInfo;
  /** The address it connected from. */
  readonly address?: string;
  readonly createdAt: Date;
  readonly lastSeenAt?: Date;
  /** When a polling agent last asked for messages. */
  readonly lastPollAt?: Date;
  /** Grows with each change that a person makes. */
  readonly version: number;
}
