import type { HubMessage, NackReason, TransferRef } from '@ferryline/engine';
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
  /**
   * End an agent's session, with the reason: it broke the protocol (PROTOCOL), or more of it is on its way than there is room for
   * (RATE_LIMITED), which may be no fault of its own: it comes back and starts over.
   */
  | {
      readonly type: 'closeSession';
      readonly agentId: number;
      readonly code: 'PROTOCOL' | 'RATE_LIMITED';
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
    }
  | {
      readonly type: 'loadTreeEntries';
      readonly runId: number;
      readonly page: number;
      readonly request: TreeEntryRequest;
    }
  /** Take back the end of a run that was recorded: it goes on. */
  | { readonly type: 'reopenRun'; readonly runId: number }
  | { readonly type: 'record'; readonly changes: RunChanges }
  /** The run has ended, durably: whoever waits for that may go on. */
  | { readonly type: 'announceEnd'; readonly runId: number; readonly jobId: number | undefined };
