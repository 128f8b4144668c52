import type { Place } from '../../domain/common/place.ts';

export type ListedKind = 'file' | 'directory' | 'symlink' | 'other';

/** What a directory holds under one name. */
export interface ListedEntry {
  readonly name: string;
  readonly kind: ListedKind;
  /** Of a file. */
  readonly sizeBytes?: number;
  readonly modifiedAt?: Date;
}

/** A part of a directory, in byte order of names. */
export interface Listing {
  readonly entries: readonly ListedEntry[];
  /** Whether there are names after the last one here. */
  readonly more: boolean;
  /** How many names are not valid UTF-8, and not shown. */
  readonly unlisted: number;
}

export interface ListingRequest {
  readonly place: Place;
  /** The name after which the listing goes on. */
  readonly after?: string;
  /** At most 1,000. */
  readonly limit: number;
}

/** Questions to a connected agent that wait for its answer. Each throws FerryError AGENT_OFFLINE or TIMEOUT when none comes. */
export interface AgentProbe {
  /** How long a message to the agent and its answer take. */
  roundTripMs(agentId: number): Promise<number>;
  /** What is in a directory. @throws FerryError what the agent answers, as in SOURCE_NOT_FOUND. */
  list(agentId: number, request: ListingRequest): Promise<Listing>;
}
