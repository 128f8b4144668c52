/** A history to be, as data: so that fast-check makes it up, shrinks it, and a failure can be written down. */
export interface Scenario {
  /** Everything that is left to chance: how long things take, which of the un-synced survives. */
  readonly seed: number;
  readonly pace: Pace;
  /** How many chunks fit into the memory of the hub. */
  readonly windowChunks: number;
  /** How many chunks the relay's disk takes; 0: there is none. */
  readonly relayChunks: number;
  readonly runs: readonly PlannedRun[];
  readonly faults: readonly Fault[];
}

/** How long things take at most, in milliseconds. */
export interface Pace {
  readonly controlMs: number;
  readonly laneMs: number;
  readonly readMs: number;
  readonly diskMs: number;
  readonly databaseMs: number;
}

/** A run that somebody starts. Agents are numbered from 1. */
export interface PlannedRun {
  readonly atMs: number;
  readonly source: number;
  readonly destination: number;
  /** Whether other runs may write to the same place. */
  readonly into: 'own' | 'shared';
  readonly type: 'push' | 'pull';
  readonly existing: 'replace' | 'fail';
  /** The sizes of its files, in bytes. */
  readonly files: readonly number[];
}

/**
 * Something that goes wrong at a moment, or that a person does then. `which` chooses the run, the transfer, the file or the chunk
 * among those there are by then.
 */
export type Fault =
  | AgentFault<'controlCut' | 'laneCut'>
  /** Nothing passes in one direction any more, and nobody is told. */
  | AgentFault<'silentUp' | 'silentDown'>
  /** Dead, and started anew that much later. */
  | (AgentFault<'killed' | 'powerCut'> & { readonly forMs: number })
  | (AgentFault<'stopped'> & { readonly forMs: number })
  /** The disks of an agent take nothing more; or refuse to sync. */
  | (AgentFault<'diskFull' | 'journalFull' | 'syncFails'> & { readonly forMs: number })
  /** A file on its disk is written to, or replaced by another of that name, or removed. */
  | (AgentFault<'sourceWritten' | 'sourceReplaced' | 'sourceRemoved'> & { readonly which: number })
  /** Somebody takes a published file away. */
  | (AgentFault<'consumed'> & { readonly which: number })
  /** A stored chunk of a partial file becomes another, while its agent is dead; it is started anew that much later. */
  | (AgentFault<'tampered'> & { readonly which: number; readonly forMs: number })
  /** The next chunk that an agent sends, or gets, is damaged: its payload, or all of it so that every checksum fits. */
  | AgentFault<'damagedUp' | 'damagedDown' | 'forged'>
  | (Moment<'hubKilled' | 'hubStopped' | 'databaseAway'> & { readonly forMs: number })
  /** The relay's disk takes nothing more; or somebody damages a chunk that it holds. */
  | (Moment<'relayFull'> & { readonly forMs: number })
  | (Moment<'relayDamaged'> & { readonly which: number })
  | (Moment<'runCancelled' | 'transferCancelled' | 'runRetried' | 'transferRetried' | 'transferResumed'> & {
      readonly which: number;
    });

interface Moment<Kind extends string> {
  readonly kind: Kind;
  /** After so many events of the world: where much happens, much goes wrong. */
  readonly atEvent: number;
}

type AgentFault<Kind extends string> = Moment<Kind> & { readonly agent: number };

export type FaultKind = Fault['kind'];

/** What a chunk is in this world: small enough for time to pass quickly, large enough that a header counts for little. */
export const CHUNK_BYTES = 512;
export const AGENTS = 3;
