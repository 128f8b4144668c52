import type { ChunkFrame, HubMessage, NackReason, TransferRef } from '@ferryline/engine';
import type { HeldFile, PlanPage, RunChanges, TreeEntryRequest } from '../../../domain/run/run-repository.ts';

/** What the hub core wants done, in order. */
export type HubEffect =
  | { readonly type: 'sendMessage'; readonly agentId: number; readonly message: HubMessage }
  /** Hand a frame on to an agent's lane, as it came from another agent. */
  | {
      readonly type: 'forwardFrame';
      readonly agentId: number;
      readonly from: number;
      readonly ref: TransferRef;
      readonly bytes: Buffer;
    }
  /** Tell a source that a chunk arrived damaged at the hub. */
  | {
      readonly type: 'nackFrame';
      readonly agentId: number;
      readonly transfer: number;
      readonly attempt: number;
      readonly chunkIndex: number;
      readonly rawLength: number;
      readonly reason: NackReason;
    }
  /** Tell a source that the relay's disk holds a chunk. */
  | {
      readonly type: 'ackFrame';
      readonly agentId: number;
      readonly frame: ChunkFrame;
    }
  /** Keep room on the relay's disk for what is still to be stored of an attempt. */
  | { readonly type: 'reserveRoom'; readonly ref: TransferRef; readonly bytes: number }
  /** Put a chunk on the relay's disk and claim it. */
  | { readonly type: 'storeFrame'; readonly frame: ChunkFrame; readonly bytes: Buffer }
  /** Read a chunk from the relay's disk. */
  | { readonly type: 'readStored'; readonly ref: TransferRef; readonly index: number }
  /** What an agent's lane has no room for, of these attempts, is wanted back. */
  | { readonly type: 'takeBackFrames'; readonly agentId: number; readonly refs: readonly TransferRef[] }
  /** The transfers are under way no more: what the relay's disk holds of them stays there. */
  | { readonly type: 'restStored'; readonly transferIds: readonly number[] }
  /** Nobody needs any more what the relay's disk holds of these transfers. */
  | { readonly type: 'dropStored'; readonly transferIds: readonly number[] }
  /** Somebody cancelled something: nobody needs any more what the relay's disk may hold of it. */
  | { readonly type: 'sweepStored' }
  /**
   * End an agent's session, with the reason: it broke the protocol (PROTOCOL), or more of it is on its way than there is room for
   * (RATE_LIMITED), or nothing comes of it (STALLED), which may be no fault of its own: it comes back and starts over.
   */
  | {
      readonly type: 'closeSession';
      readonly agentId: number;
      readonly code: 'PROTOCOL' | 'RATE_LIMITED' | 'STALLED';
      readonly reason: string;
    }
  /** Look up what became of the transfers that an agent remembers; everything recorded before must be visible to it. */
  | { readonly type: 'lookUpHolds'; readonly agentId: number; readonly refs: readonly TransferRef[] }
  | { readonly type: 'clearPlan'; readonly runId: number }
  | {
      readonly type: 'storeHeldFiles';
      readonly runId: number;
      readonly files: readonly HeldFile[];
      readonly page: number;
      readonly last: boolean;
    }
  | {
      readonly type: 'findHeldFiles';
      readonly runId: number;
      readonly files: readonly HeldFile[];
      readonly page: number;
    }
  | { readonly type: 'storePlanPage'; readonly page: PlanPage; readonly number: number; readonly last: boolean }
  /** Load unsettled transfers of a run; everything recorded before must be visible to it. */
  | {
      readonly type: 'loadTransfers';
      readonly runId: number;
      readonly load: number;
      readonly afterId: number;
      readonly limit: number;
      /** Only those which the relay's disk holds whole. */
      readonly only?: 'stored';
    }
  | {
      readonly type: 'loadTreeEntries';
      readonly runId: number;
      readonly page: number;
      readonly request: TreeEntryRequest;
    }
  /** What is left of a run that failed as a whole, and has not ended, fails with it. */
  | { readonly type: 'failRest'; readonly runId: number }
  /** Take back the end of a run that was recorded: it goes on. */
  | { readonly type: 'reopenRun'; readonly runId: number }
  | { readonly type: 'record'; readonly changes: RunChanges }
  /** The run has ended, durably: whoever waits for that may go on. */
  | { readonly type: 'announceEnd'; readonly runId: number; readonly jobId: number | undefined };
