import type { AgentMessage, ChunkFrame, ChunkRanges, Frame, TransferRef } from '@ferryline/engine';
import type { Run } from '../../../domain/run/run.ts';
import type { TreeEntry } from '../../../domain/run/tree-entry.ts';
import type { Transfer } from '../../../domain/transfer/transfer.ts';
import type { ChangedTransfer } from '../../../domain/transfer/transfer-repository.ts';

/** What an agent says within a session about runs and transfers; greetings and answers to questions are the session's own business. */
export type WorkMessage = Exclude<AgentMessage, { type: 'hello' | 'pong' | 'listing' | 'listFailed' }>;

/** What happened, as the hub core hears of it. */
export type HubEvent =
  | { readonly type: 'sessionOpened'; readonly agentId: number }
  | { readonly type: 'sessionClosed'; readonly agentId: number }
  /** What an agent that has just come remembers as a destination, in part or published. */
  | { readonly type: 'holdsStated'; readonly agentId: number; readonly refs: readonly TransferRef[] }
  /** What the database has of them. */
  | {
      readonly type: 'holdsLookedUp';
      readonly agentId: number;
      readonly refs: readonly TransferRef[];
      /** `cancellations` of the state when the database was asked; absent: nobody has cancelled anything since. */
      readonly asOf?: number;
      readonly transfers: readonly Transfer[];
    }
  | { readonly type: 'messageReceived'; readonly agentId: number; readonly message: WorkMessage }
  /** `bytes` are the frame as received, to be handed on untouched; `intact` says that its payload's CRC-32 was right. */
  | {
      readonly type: 'frameReceived';
      readonly agentId: number;
      readonly frame: Frame;
      readonly bytes: Buffer;
      readonly intact: boolean;
    }
  /** A run exists in the database and wants doing: created just now, or found unsettled at start. */
  | { readonly type: 'runAppeared'; readonly run: Run }
  /** Somebody has what failed of a run tried again; the database has it as running, or as planning, and so many transfers as pending. */
  | { readonly type: 'runRetried'; readonly run: Run; readonly retriedTransfers: number }
  /** Somebody cancelled the run; the database says so already. */
  | { readonly type: 'runCancelled'; readonly runId: number }
  /** Somebody cancelled these transfers; the database says so already, and counts them as failed. */
  | { readonly type: 'transfersCancelled'; readonly transfers: readonly ChangedTransfer[] }
  /** Somebody has these failed transfers tried again; the database has them as pending, and their runs as running. */
  | {
      readonly type: 'transfersRetried';
      readonly transfers: readonly ChangedTransfer[];
      readonly runs: readonly Run[];
    }
  /** Somebody wants the transfer to end its rest now. */
  | { readonly type: 'transferResumed'; readonly transferId: number }
  | { readonly type: 'planCleared'; readonly runId: number }
  /** A page of what the destination of a `pull` run holds is stored. */
  | { readonly type: 'heldFilesStored'; readonly runId: number; readonly page: number; readonly last: boolean }
  /** Which files of a scanned page the destination holds just so, by their position in what was asked. */
  | {
      readonly type: 'heldFilesFound';
      readonly runId: number;
      readonly page: number;
      readonly held: ReadonlySet<number>;
    }
  | { readonly type: 'planPageStored'; readonly runId: number; readonly page: number; readonly last: boolean }
  | {
      readonly type: 'transfersLoaded';
      readonly runId: number;
      /** Which load of the run this answers: an answer to an older one is stale. */
      readonly load: number;
      readonly transfers: readonly Transfer[];
      /** Which chunks the relay's disk holds of them, by transfer; absent: of none. */
      readonly stored?: ReadonlyMap<number, ChunkRanges>;
    }
  /** A chunk is on the relay's disk, and claimed. */
  | { readonly type: 'chunkStored'; readonly frame: ChunkFrame }
  /** The relay's disk did not take a chunk: it is full, or it failed. */
  | {
      readonly type: 'chunkNotStored';
      readonly frame: ChunkFrame;
      readonly bytes: Buffer;
      /** Its source sent another chunk under the same index before. */
      readonly isContradiction: boolean;
    }
  /** A chunk was read from the relay's disk, as it had come. */
  | { readonly type: 'storedChunkRead'; readonly ref: TransferRef; readonly index: number; readonly bytes: Buffer }
  /** What the relay's disk held of a chunk is gone, or damaged: its claim is removed. */
  | { readonly type: 'storedChunkLost'; readonly ref: TransferRef; readonly index: number }
  /** A chunk that waited for a slow destination's lane was taken back. */
  | { readonly type: 'frameTakenBack'; readonly frame: ChunkFrame; readonly bytes: Buffer }
  | {
      readonly type: 'treeEntriesLoaded';
      readonly runId: number;
      /** The page that was asked for, so that an answer to an older question is told apart. */
      readonly page: number;
      readonly entries: readonly TreeEntry[];
    }
  /** The records of the last `record` effect are durable. */
  | { readonly type: 'recorded' }
  /** Carrying out an effect for this run failed for good (the database refused it). */
  | { readonly type: 'runBroke'; readonly runId: number; readonly message: string }
  /** Bytes passed on the lanes of these agents since the last time. */
  | { readonly type: 'lanesMoved'; readonly agentIds: readonly number[] }
  | { readonly type: 'ticked' };
