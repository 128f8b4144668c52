import { FerryError } from '../../domain/common/errors.ts';
import { move } from '../../domain/common/lifecycle.ts';
import type { Page, PageRequest } from '../../domain/common/page.ts';
import type { Run } from '../../domain/run/run.ts';
import { type TransferState, transferMoves } from '../../domain/transfer/lifecycle.ts';
import type { Transfer } from '../../domain/transfer/transfer.ts';
import type { ChangedTransfer, TransferFilter } from '../../domain/transfer/transfer-repository.ts';
import { auditEvent } from '../audit/audit-event-of.ts';
import { type Action, authorize } from '../auth/can.ts';
import { type Principal, visibleUserId } from '../auth/principal.ts';
import { type MadeOnce, madeEarlier, makeOnce, type OnceRequest } from '../idempotency/make-once.ts';
import { mayMove, requireEnds } from '../run/end-rights.ts';
import type { RunDispatcher } from '../run/run-dispatcher.ts';
import type { Repositories, Store } from '../store/store.ts';
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
    if ((await this.#cancel(principal, [id])) === 0) throw await immovable(this.#store, transfer, 'cancelled');
    return this.get(principal, id);
  }

  /**
   * Tries a failed transfer again.
   *
   * @throws FerryError NOT_FOUND; FORBIDDEN, also when one of its agents is not shared with the principal any more; CONFLICT when it did
   *   not fail, or its run was cancelled.
   */
  async retry(principal: Principal, id: number, once?: OnceRequest): Promise<MadeOnce<Transfer>> {
    const transfer = await this.#find(principal, id, 'run', 'retry transfers');
    const { made, isRepeat } = await makeOnce<{ readonly id: number; readonly retried?: Retried }>({
      store: this.#store,
      principal,
      once,
      objectKind: 'transfer',
      now: this.#now,
      make: async (repositories) => {
        await requireEnds(repositories, principal, transfer);
        const retried = await this.#retryIn(repositories, principal, [id]);
        if (retried.transfers.length === 0) throw await immovable(repositories, transfer, 'pending');
        return { id, retried };
      },
      find: async () => ({ id }),
    });
    if (made.retried !== undefined) this.#dispatcher.transfersRetried(made.retried.transfers, made.retried.runs);
    return { made: await this.get(principal, id), isRepeat };
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

  /**
   * Does something to many transfers of the principal's, page by page. With agents that are not shared with them any more nothing is
   * tried again. A repeated request finds nothing more to do; one that a dying hub left half done is carried on.
   *
   * @throws FerryError FORBIDDEN; VALIDATION for trying again what has not failed.
   */
  async bulk(
    principal: Principal,
    action: BulkAction,
    target: BulkTarget,
    once?: OnceRequest,
  ): Promise<MadeOnce<BulkResult>> {
    const own = { kind: 'transfer', ownerId: principal.userId } as const;
    authorize(principal, 'run', own, { named: 'transfer', doing: `${action} transfers` });
    const find = async () => ({ id: 0, matched: 0, changed: 0 });
    const finding = { store: this.#store, principal, once, objectKind: 'bulk', find };
    const earlier = await madeEarlier(finding);
    if (earlier !== undefined) return earlier;
    let matched = 0;
    let changed = 0;
    for await (const page of this.#pagesOf(principal, action, target)) {
      matched += page.length;
      changed += await (action === 'cancel' ? this.#cancel(principal, page.map(idOf)) : this.#retry(principal, page));
    }
    return makeOnce({ ...finding, now: this.#now, make: async () => ({ id: 0, matched, changed }) });
  }

  async *#pagesOf(principal: Principal, action: BulkAction, target: BulkTarget): AsyncGenerator<readonly Transfer[]> {
    const visible = visibleUserId(principal);
    if ('ids' in target) {
      for (let from = 0; from < target.ids.length; from += BULK_PAGE) {
        const found = await this.#store.transfers.getByIds(target.ids.slice(from, from + BULK_PAGE));
        yield found.filter((each) => visible === undefined || each.userId === visible);
      }
      return;
    }
    const filter = action === 'retry' ? onlyFailed(target.filter) : target.filter;
    let cursor: string | undefined;
    do {
      const page: Page<Transfer> = await this.#store.transfers.list(visible, filter, {
        limit: BULK_PAGE,
        ...(cursor !== undefined && { cursor }),
      });
      yield page.items;
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

  async #retry(principal: Principal, page: readonly Transfer[]): Promise<number> {
    const { transfers, runs } = await this.#store.transaction(async (repositories) => {
      const allowed = await this.#movable(repositories, principal, page);
      return this.#retryIn(repositories, principal, allowed);
    });
    this.#dispatcher.transfersRetried(transfers, runs);
    return transfers.length;
  }

  /** Those between agents that the principal may use now; asked once for each pair of agents. */
  async #movable(
    repositories: Repositories,
    principal: Principal,
    page: readonly Transfer[],
  ): Promise<readonly number[]> {
    const movable: number[] = [];
    const byEnds = Map.groupBy(page, (each) => `${each.sourceAgentId} ${each.destinationAgentId}`);
    for (const transfers of byEnds.values()) {
      const [first] = transfers;
      if (first !== undefined && (await mayMove(repositories, principal, first))) movable.push(...transfers.map(idOf));
    }
    return movable;
  }

  async #retryIn(
    { transfers, runs, audit }: Repositories,
    principal: Principal,
    ids: readonly number[],
  ): Promise<Retried> {
    const changed = await transfers.retry(ids);
    await this.#audit(principal, 'transfer.retried', changed, audit);
    return { transfers: changed, runs: await runs.getByIds([...new Set(changed.map((each) => each.runId))]) };
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
}

/** What was tried again, and the runs that it belongs to. */
interface Retried {
  readonly transfers: readonly ChangedTransfer[];
  readonly runs: readonly Run[];
}

function idOf({ id }: Transfer): number {
  return id;
}

/** Looking at the others would change nothing, and may be looking at millions. */
function onlyFailed(filter: TransferFilter): TransferFilter {
  if (filter.state === undefined || filter.state === 'failed') return { ...filter, state: 'failed' };
  throw new FerryError(
    'VALIDATION',
    `Only failed transfers can be tried again, and the filter is for those that are ${filter.state}.`,
  );
}

/** Why nothing changed: the table of moves says so, or the run does. */
async function immovable({ transfers }: Repositories, transfer: Transfer, to: TransferState): Promise<FerryError> {
  const now = (await transfers.getById(transfer.id)) ?? transfer;
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
