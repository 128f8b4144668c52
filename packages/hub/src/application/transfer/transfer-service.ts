import { FerryError } from '../../domain/common/errors.ts';
import { move } from '../../domain/common/lifecycle.ts';
import type { Page, PageRequest } from '../../domain/common/page.ts';
import { type TransferState, transferMoves } from '../../domain/transfer/lifecycle.ts';
import type { Transfer } from '../../domain/transfer/transfer.ts';
import type { ChangedTransfer, TransferFilter } from '../../domain/transfer/transfer-repository.ts';
import { auditEvent } from '../audit/audit-event-of.ts';
import { type Action, authorize } from '../auth/can.ts';
import { type Principal, visibleUserId } from '../auth/principal.ts';
import type { RunDispatcher } from '../run/run-dispatcher.ts';
import type { Store } from '../store/store.ts';
import { type ChunkStatus, chunkStatus } from './chunk-status.ts';

/** Transfers that one transaction changes: enough to be quick, few enough that nobody waits long behind it. */
const BULK_PAGE = 500;

export interface TransferServiceDependencies {
  readonly store: Store;
  readonly dispatcher: RunDispatcher;
  readonly now: () => Date;
}

/** What a person can do to many transfers at once. */
export type BulkAction = 'cancel' | 'retry';

/** Which transfers: these, or all that a filter finds. */
export type BulkTarget = { readonly ids: readonly number[] } | { readonly filter: TransferFilter };

export interface BulkResult {
  /** How many were looked at. */
  readonly matched: number;
  /** How many the action could be done to. */
  readonly changed: number;
}

/** Transfers, as people look at them and change their course. */
export class TransferService {
  readonly #store: Store;
  readonly #dispatcher: RunDispatcher;
  readonly #now: () => Date;

  constructor({ store, dispatcher, now }: TransferServiceDependencies) {
    this.#store = store;
    this.#dispatcher = dispatcher;
    this.#now = now;
  }

  list(
    principal: Principal,
    filter: TransferFilter,
    page: PageRequest<'id' | 'sizeBytes' | 'filename'>,
  ): Promise<Page<Transfer>> {
    return this.#store.transfers.list(visibleUserId(principal), filter, page);
  }

  /** @throws FerryError NOT_FOUND, also for a transfer of somebody else. */
  get(principal: Principal, id: number): Promise<Transfer> {
    return this.#find(principal, id, 'read', 'see this transfer');
  }

  /** Which chunks of a transfer have arrived. @throws FerryError NOT_FOUND. */
  async chunks(principal: Principal, id: number): Promise<ChunkStatus> {
    return chunkStatus(await this.get(principal, id), this.#dispatcher.heldChunks(id));
  }

  /** Ends a transfer; its run goes on, and will be partial. @throws FerryError NOT_FOUND, FORBIDDEN; CONFLICT when it has ended. */
  async cancel(principal: Principal, id: number): Promise<Transfer> {
    const transfer = await this.#find(principal, id, 'run', 'cancel transfers');
    if ((await this.#cancel(principal, [id])) === 0) throw await this.#immovable(transfer, 'cancelled');
    return this.get(principal, id);
  }

  /** Tries a failed transfer again. @throws FerryError NOT_FOUND, FORBIDDEN; CONFLICT when it did not fail, or its run was cancelled. */
  async retry(principal: Principal, id: number): Promise<Transfer> {
    const transfer = await this.#find(principal, id, 'run', 'retry transfers');
    if ((await this.#retry(principal, [id])) === 0) throw await this.#immovable(transfer, 'pending');
    return this.get(principal, id);
  }

  /**
   * Lets a suspended transfer go on at once instead of when its rest is over. One whose agent is away goes on when that comes back.
   *
   * @throws FerryError NOT_FOUND, FORBIDDEN; AGENT_OFFLINE that names who is missing; CONFLICT when it is not suspended.
   */
  async resume(principal: Principal, id: number): Promise<Transfer> {
    const transfer = await this.#find(principal, id, 'run', 'resume transfers');
    if (transfer.state !== 'suspended') move(`Transfer ${id}`, transferMoves, transfer.state, 'running');
    const ends = await this.#store.agents.getByIds([transfer.sourceAgentId, transfer.destinationAgentId]);
    const missing = ends.find((agent) => agent.status === 'offline');
    if (missing !== undefined) {
      throw new FerryError(
        'AGENT_OFFLINE',
        `Transfer ${id} waits for agent ${missing.name}, which is not connected. It goes on by itself when the agent comes back.`,
        { details: { agent: missing.name } },
      );
    }
    await this.#store.audit.append(
      auditEvent(principal, 'transfer.resumed', { kind: 'transfer', id: String(id) }, {}, this.#now()),
    );
    this.#dispatcher.transferResumed(id);
    return this.get(principal, id);
  }

  /** Does something to many transfers of the principal's, page by page. @throws FerryError FORBIDDEN. */
  async bulk(principal: Principal, action: BulkAction, target: BulkTarget): Promise<BulkResult> {
    const own = { kind: 'transfer', ownerId: principal.userId } as const;
    authorize(principal, 'run', own, { named: 'transfer', doing: `${action} transfers` });
    let matched = 0;
    let changed = 0;
    for await (const ids of this.#pagesOf(principal, action, target)) {
      matched += ids.length;
      changed += await (action === 'cancel' ? this.#cancel(principal, ids) : this.#retry(principal, ids));
    }
    return { matched, changed };
  }

  async *#pagesOf(principal: Principal, action: BulkAction, target: BulkTarget): AsyncGenerator<readonly number[]> {
    const visible = visibleUserId(principal);
    if ('ids' in target) {
      for (let from = 0; from < target.ids.length; from += BULK_PAGE) {
        const found = await this.#store.transfers.getByIds(target.ids.slice(from, from + BULK_PAGE));
        yield found.filter((each) => visible === undefined || each.userId === visible).map((each) => each.id);
      }
      return;
    }
    // Only failed ones can be tried again: looking at the others would change nothing, and may be looking at millions.
    const filter: TransferFilter = action === 'retry' ? { ...target.filter, state: 'failed' } : target.filter;
    let cursor: string | undefined;
    do {
      const page: Page<Transfer> = await this.#store.transfers.list(visible, filter, {
        limit: BULK_PAGE,
        ...(cursor !== undefined && { cursor }),
      });
      yield page.items.map((each) => each.id);
      cursor = page.nextCursor;
    } while (cursor !== undefined);
  }

  async #cancel(principal: Principal, ids: readonly number[]): Promise<number> {
    const cancelled = await this.#store.transaction(async ({ transfers, audit }) => {
      const changed = await transfers.cancel(ids, `Cancelled by ${principal.email}.`, this.#now());
      await this.#audit(principal, 'transfer.cancelled', changed, audit);
      return changed;
    });
    this.#dispatcher.transfersCancelled(cancelled);
    return cancelled.length;
  }

  async #retry(principal: Principal, ids: readonly number[]): Promise<number> {
    const { retried, runs } = await this.#store.transaction(async ({ transfers, runs, audit }) => {
      const changed = await transfers.retry(ids);
      await this.#audit(principal, 'transfer.retried', changed, audit);
      return { retried: changed, runs: await runs.getByIds([...new Set(changed.map((each) => each.runId))]) };
    });
    this.#dispatcher.transfersRetried(retried, runs);
    return retried.length;
  }

  /** One event for each run: a hundred thousand transfers cancelled at once are one decision. */
  async #audit(
    principal: Principal,
    action: string,
    changed: readonly ChangedTransfer[],
    audit: Store['audit'],
  ): Promise<void> {
    const byRun = Map.groupBy(changed, (each) => each.runId);
    for (const [runId, transfers] of byRun) {
      const details = { count: transfers.length, transfers: transfers.slice(0, 100).map((each) => each.id) };
      await audit.append(auditEvent(principal, action, { kind: 'run', id: String(runId) }, details, this.#now()));
    }
  }

  async #find(principal: Principal, id: number, action: Action, doing: string): Promise<Transfer> {
    const transfer = await this.#store.transfers.getById(id);
    if (transfer === undefined) throw new FerryError('NOT_FOUND', `There is no transfer ${id}.`);
    const subject = { kind: 'transfer', ownerId: transfer.userId } as const;
    authorize(principal, action, subject, { named: `transfer ${id}`, doing });
    return transfer;
  }

  /** Why nothing changed: the table of moves says so, or the run does. */
  async #immovable(transfer: Transfer, to: TransferState): Promise<FerryError> {
    const now = (await this.#store.transfers.getById(transfer.id)) ?? transfer;
    try {
      move(`Transfer ${now.id}`, transferMoves, now.state, to);
    } catch (thrown) {
      return FerryError.from(thrown);
    }
    return new FerryError(
      'CONFLICT',
      `Transfer ${now.id} belongs to run ${now.runId}, which was cancelled. Start a new run instead.`,
    );
  }
}
