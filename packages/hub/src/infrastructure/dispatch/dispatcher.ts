import { DIGEST_BYTES, decodeFrames, encodeAckFrame, encodeNackFrame, exhaustive, refOf } from '@ferryline/engine';
import type { Logger } from 'pino';
import type { RelayFigures, WorkFigures } from '../../application/metrics/hub-figures.ts';
import type { RunDispatcher } from '../../application/run/run-dispatcher.ts';
import type { RunEndListener } from '../../application/run/run-end-listener.ts';
import type { Run } from '../../domain/run/run.ts';
import type { ChangedTransfer } from '../../domain/transfer/transfer-repository.ts';
import type { HubEffect } from '../engine/state/effects.ts';
import type { HubEvent } from '../engine/state/events.ts';
import { heldChunks } from '../engine/state/held-chunks.ts';
import { stepHub } from '../engine/state/hub-core.ts';
import { type HubState, initialHubState } from '../engine/state/hub-state.ts';
import type { AgentLinks } from './agent-links.ts';
import type { ChunkStore } from './chunk-store.ts';
import { EndTally } from './end-tally.ts';
import { HoldsLookups } from './holds-lookups.ts';
import { openWork } from './open-work.ts';
import { RecordKeeper } from './record-keeper.ts';
import { RelayDisk } from './relay-disk.ts';
import { RelayTally } from './relay-tally.ts';
import type { RunRecords } from './run-records.ts';

/** How often the core is woken to record what changed and to retry what is due. */
const TICK_MS = 40;
/** How often it is looked which lanes move. */
const LANES_INTERVAL_MS = 1_000;

export interface DispatcherParts {
  readonly links: AgentLinks;
  readonly records: RunRecords;
  readonly runEnds: RunEndListener;
  readonly relayMemoryBytes: number;
  /** An agent that owes something and gives no sign for so long is sent away, to come back. */
  readonly stalledAfterMs: number;
  /** Absent: what a destination cannot take waits at its source. */
  readonly store?: ChunkStore;
  readonly nowMs: () => number;
  readonly logger: Logger;
}

/**
 * Carries out what the hub core decides: messages and frames at once, database work one after the other, in the order in which it
 * was decided, so that whatever is loaded sees everything recorded before.
 */
export class Dispatcher implements RunDispatcher {
  readonly #parts: DispatcherParts;
  readonly #state: HubState;
  readonly #keeper: RecordKeeper;
  readonly #holds: HoldsLookups;
  readonly #disk: RelayDisk | undefined;
  readonly #relayTally = new RelayTally();
  readonly #endTally = new EndTally();
  #databaseWork: Promise<void> = Promise.resolve();
  #ticker: NodeJS.Timeout | undefined;
  #laneWatch: NodeJS.Timeout | undefined;
  #isClosing = false;

  constructor(parts: DispatcherParts) {
    this.#parts = parts;
    const { records, relayMemoryBytes, stalledAfterMs, store, nowMs, logger } = parts;
    this.#state = initialHubState({ relayMemoryBytes, relayDiskBytes: store?.quotaBytes ?? 0, stalledAfterMs });
    if (store !== undefined) this.#disk = new RelayDisk({ store, dispatch: (event) => this.dispatch(event), logger });
    const onRunBroke = (runId: number, message: string) => this.dispatch({ type: 'runBroke', runId, message });
    this.#keeper = new RecordKeeper({ records, onRunBroke, nowMs, logger });
    this.#holds = new HoldsLookups(
      (work) => this.#enqueue(work),
      async (agentId, refs) => {
        const asOf = this.#state.cancellations;
        const transfers = await records.transfersByIds(refs.map((ref) => ref.transfer));
        this.dispatch({ type: 'holdsLookedUp', agentId, refs, transfers, asOf });
      },
    );
  }

  /** Takes up every run that an earlier life of the hub left unsettled, and begins to tick. */
  async start(): Promise<void> {
    await this.#parts.records.failRests();
    await this.#parts.records.recountRunning();
    for (const run of await this.#parts.records.unsettledRuns()) this.dispatch({ type: 'runAppeared', run });
    this.#ticker = setInterval(() => this.#surviving(() => this.dispatch({ type: 'ticked' })), TICK_MS);
    this.#laneWatch = setInterval(() => {
      const agentIds = this.#parts.links.movedLanes();
      if (agentIds.length > 0) this.#surviving(() => this.dispatch({ type: 'lanesMoved', agentIds }));
    }, LANES_INTERVAL_MS);
  }

  runAppeared(run: Run): void {
    this.dispatch({ type: 'runAppeared', run });
  }

  runRetried(run: Run, retriedTransfers: number): void {
    this.dispatch({ type: 'runRetried', run, retriedTransfers });
  }

  runCancelled(runId: number): void {
    this.#endTally.runCancelled();
    this.dispatch({ type: 'runCancelled', runId });
  }

  transfersCancelled(transfers: readonly ChangedTransfer[]): void {
    this.#endTally.transfersCancelled(transfers.length);
    this.dispatch({ type: 'transfersCancelled', transfers });
  }

  transfersRetried(transfers: readonly ChangedTransfer[], runs: readonly Run[]): void {
    this.dispatch({ type: 'transfersRetried', transfers, runs });
  }

  transferResumed(transferId: number): void {
    this.dispatch({ type: 'transferResumed', transferId });
  }

  heldChunks(transferId: number): ReturnType<RunDispatcher['heldChunks']> {
    return heldChunks(this.#state, transferId);
  }

  /** What went through since the start. */
  get relayFigures(): RelayFigures {
    return this.#relayTally.figures;
  }

  /** What is under way, and what ended since the start. */
  get workFigures(): WorkFigures {
    const { runs: endedRuns, transfers: endedTransfers } = this.#endTally;
    return { ...openWork(this.#state), endedRuns, endedTransfers };
  }

  /** Hands the core an event and carries out what it decides. */
  dispatch(event: HubEvent): void {
    if (this.#isClosing) return;
    const { nowMs, store } = this.#parts;
    const circumstances = { nowMs: nowMs(), random: Math.random, storeRoomBytes: store?.freeBytes ?? 0 };
    const { effects } = stepHub(this.#state, event, circumstances);
    if (event.type === 'sessionClosed') this.#holds.forget(event.agentId);
    if (event.type === 'frameReceived') this.#relayTally.frameReceived(event, effects);
    for (const effect of effects) this.#carryOut(effect);
  }

  /** Records what changed, and resolves when no database work is left. Events that come later are dropped. */
  async close(): Promise<void> {
    clearInterval(this.#ticker);
    clearInterval(this.#laneWatch);
    this.dispatch({ type: 'ticked' });
    this.#isClosing = true;
    this.#disk?.close();
    this.#keeper.close();
    await this.#databaseWork;
  }

  #carryOut(effect: HubEffect): void {
    const { links, records } = this.#parts;
    switch (effect.type) {
      case 'sendMessage':
        links.sendMessage(effect.agentId, effect.message);
        return;
      case 'forwardFrame':
        links.sendFrame(effect.agentId, effect);
        return;
      case 'nackFrame': {
        const { transfer, attempt, chunkIndex, rawLength, reason } = effect;
        const digest = Buffer.alloc(DIGEST_BYTES);
        const bytes = encodeNackFrame({ transfer, attempt, chunkIndex, rawLength, digest, reason });
        links.sendFrame(effect.agentId, { bytes, from: effect.agentId, ref: { transfer, attempt } });
        return;
      }
      case 'ackFrame': {
        const { agentId, frame } = effect;
        links.sendFrame(agentId, { bytes: encodeAckFrame(frame), from: agentId, ref: refOf(frame) });
        return;
      }
      case 'takeBackFrames':
        for (const { bytes } of links.takeBackFrames(effect.agentId, effect.refs)) {
          for (const { frame } of decodeFrames(bytes)) {
            if (frame.kind === 'chunk') this.dispatch({ type: 'frameTakenBack', frame, bytes });
          }
        }
        return;
      case 'reserveRoom':
      case 'storeFrame':
      case 'readStored':
      case 'restStored':
      case 'dropStored':
      case 'sweepStored':
        this.#disk?.carryOut(effect);
        return;
      case 'closeSession':
        links.closeSession(effect.agentId, effect.code, effect.reason);
        return;
      case 'lookUpHolds':
        this.#holds.add(effect.agentId, effect.refs);
        return;
      case 'clearPlan':
        this.#ask(effect.runId, async () => {
          await records.clearPlan(effect.runId);
          return { type: 'planCleared', runId: effect.runId };
        });
        return;
      case 'storeHeldFiles':
        this.#ask(effect.runId, async () => {
          const { runId, page, last, files } = effect;
          await records.storeHeldFiles(runId, files);
          return { type: 'heldFilesStored', runId, page, last };
        });
        return;
      case 'findHeldFiles':
        this.#ask(effect.runId, async () => {
          const { runId, page, files } = effect;
          return { type: 'heldFilesFound', runId, page, held: await records.findHeldFiles(runId, files) };
        });
        return;
      case 'storePlanPage':
        this.#ask(effect.page.runId, async () => {
          await records.storePlanPage(effect.page);
          return { type: 'planPageStored', runId: effect.page.runId, page: effect.number, last: effect.last };
        });
        return;
      case 'loadTransfers':
        this.#ask(effect.runId, async () => {
          const { runId, load, afterId, limit, only } = effect;
          const transfers = await records.unsettledTransfers(runId, afterId, limit, only);
          const refs = transfers.map(({ id, attempt }) => ({ transfer: id, attempt }));
          const stored = await this.#parts.store?.load(refs);
          return { type: 'transfersLoaded', runId, load, transfers, ...(stored && { stored }) };
        });
        return;
      case 'loadTreeEntries':
        this.#ask(effect.runId, async () => {
          const { runId, page, request } = effect;
          const entries = await records.treeEntries(runId, request);
          return { type: 'treeEntriesLoaded', runId, page, entries };
        });
        return;
      case 'reopenRun':
        this.#enqueue(() => this.#keeper.reopenRun(effect.runId));
        return;
      case 'failRest':
        this.#enqueue(async () => {
          await this.#keeper.failRest(effect.runId);
          this.#disk?.carryOut({ type: 'sweepStored' });
        });
        return;
      case 'announceEnd':
        this.#parts.runEnds.runEnded(effect);
        return;
      case 'record':
        this.#enqueue(async () => {
          await this.#keeper.record(effect.changes);
          this.#endTally.recorded(effect.changes);
          this.dispatch({ type: 'recorded' });
        });
        return;
      default:
        exhaustive(effect);
    }
  }

  /**
   * Database work whose answer is an event. A database that is away for a moment costs time; what it would refuse for ever ends the
   * run, visibly.
   */
  #ask(runId: number, work: () => Promise<HubEvent>): void {
    this.#enqueue(async () => {
      let answer: HubEvent | undefined;
      const refusal = await this.#keeper.untilDecided(async () => {
        answer = await work();
      });
      if (answer !== undefined) this.dispatch(answer);
      if (refusal === undefined) return;
      this.#parts.logger.error({ run: runId, err: refusal }, 'the database refused the work of a run');
      const message = `The hub's database refused the work of this run: ${refusal.message}`;
      this.dispatch({ type: 'runBroke', runId, message });
    });
  }

  #enqueue(work: () => Promise<void>): void {
    this.#databaseWork = this.#databaseWork.then(work).catch((thrown: unknown) => this.#logDefect(thrown));
  }

  /** A defect met by one run is logged and not handed to all the others (DESIGN.md promise 9). */
  #surviving(work: () => void): void {
    try {
      work();
    } catch (thrown) {
      this.#logDefect(thrown);
    }
  }

  #logDefect(thrown: unknown): void {
    this.#parts.logger.error({ err: thrown }, 'the hub core refused an event: this is a defect, please report it');
  }
}
