import { ChunkSet, MAX_ITEMS_PER_MESSAGE } from '@ferryline/engine';
import { move } from '../../../domain/common/lifecycle.ts';
import { type RunState, runMoves } from '../../../domain/run/lifecycle.ts';
import { mostOpenTransfers } from './fair-shares.ts';
import type { ActiveRun, ActiveTransfer, LoadedTransfer } from './hub-state.ts';
import { cancelKept } from './kept.ts';
import { activate, isStoredWhole, offer, onFailed, park, refOf, waitForSource, waitOn } from './moving.ts';
import { recordNow } from './recording.ts';
import { dueScout, followersOf, lacksRoom, sendScout, waitsStill } from './room.ts';
import { clearPlan, startScan } from './scanning.ts';
import { tellInPieces } from './settling.ts';
import type { Step } from './step.ts';
import { touchRun } from './step.ts';
import { bytesToStore, store } from './storing.ts';
import { startSurvey } from './surveying.ts';
import { enterTreePhase, loadTreePage } from './tree.ts';

/** Above this many bytes no further transfer is opened: large files need no crowd. */
const MAX_OPEN_BYTES = 256 * 1024 * 1024;
/**
 * Agents of a hub that was away are back within this time (PROTOCOL.md section 1: at most 30 s between two of their tries). Only then is
 * it known that a destination is away, and what it may hold, that no record tells of, is sent to the relay's disk.
 */
const COMING_BACK_MS = 30_000;
/** Transfers loaded at a time; the next ones are loaded when the backlog is half gone. */
const LOAD_TRANSFERS = 1_000;

/** Does whatever the run can do next. Called after every event that may concern it; doing nothing is a good answer. */
export function drive(step: Step, run: ActiveRun): void {
  const { online, relayDiskBytes } = step.state;
  const [hasSource, hasDestination] = [online.has(run.run.source.agentId), online.has(run.run.destination.agentId)];
  // One of the two suffices where there is a disk in between: for sending to it, or for taking from it.
  if (run.phase === 'settled' || !(hasSource || (hasDestination && relayDiskBytes > 0))) return;
  if (run.state === 'planning') {
    if (run.phase === 'idle' && hasSource) startPlanning(step, run);
    return;
  }
  if (run.phase === 'scanning') return;
  if (!hasDestination) {
    if (relayDiskBytes > 0) storeOn(step, run);
    return;
  }
  if (run.phase === 'idle') enterTreePhase(run, 'arranging');
  if (run.phase === 'arranging' || run.phase === 'sealing') loadTreePage(step, run);
  if (run.phase === 'moving') moveOn(step, run);
}

/** The destination of a `pull` run has said what it holds, or that it holds nothing: now the source. */
export function onSurveyed(step: Step, run: ActiveRun): void {
  if (step.state.online.has(run.run.source.agentId)) startScan(step, run);
  else run.phase = 'idle';
}

/** All directories and links stand, or all are sealed: goes on to the next phase. */
export function onTreeDone(step: Step, run: ActiveRun): void {
  if (run.phase === 'arranging') startMoving(step, run);
  else if (run.phase === 'sealing') settle(step, run);
  drive(step, run);
}

/** A party of the run went away: what is open is suspended, and the run waits. */
export function parkRun(step: Step, run: ActiveRun): void {
  if (run.phase === 'settled') return;
  for (const active of [...run.open.values()]) park(step, active);
  run.phase = 'idle';
  run.restingTransfers = 0;
  run.treeBusy = false;
  run.owedSinceMs.source = undefined;
  run.owedSinceMs.destination = undefined;
  run.unplannedPages.clear();
  run.room = undefined;
  reload(step, run);
}

/** An agent is back: what was done for want of it ends, and the run goes on as it would have. */
export function onPartyBack(step: Step, run: ActiveRun, agentId: number): void {
  const { source, destination } = run.run;
  if (run.phase === 'storing' && agentId === destination.agentId) {
    // What its source is sending goes on to the relay's disk, until the destination is ready for it.
    run.phase = 'idle';
    reload(step, run);
  }
  if (run.phase === 'moving' && agentId === source.agentId) {
    run.loadsStoredOnly = false;
    reload(step, run);
  }
  drive(step, run);
}

/** Forgets what was loaded and not begun: it is loaded again, as the database has it by then. */
export function reload(step: Step, run: ActiveRun): void {
  restBacklog(step, run);
  run.backlog.length = 0;
  run.passedOver = false;
  run.loadedUpTo = 0;
  run.isLoading = false;
  run.isExhausted = false;
}

/** What was loaded and not begun leaves the memory of the relay's disk as well. */
export function restBacklog(step: Step, run: ActiveRun): void {
  const transferIds = run.backlog.flatMap(({ transfer, stored }) => (stored.length > 0 ? [transfer.id] : []));
  if (transferIds.length > 0) step.effects.push({ type: 'restStored', transferIds });
}

/** Goes on with the transfers whose rest before a retry is over. */
export function wakeRested(step: Step): void {
  for (const run of step.state.runs.values()) {
    if ((run.phase !== 'moving' && run.phase !== 'storing') || run.restingTransfers === 0) continue;
    if (lacksRoom(run)) continue;
    const due = [...run.open.values()].filter((each) => isRested(each, step.nowMs));
    run.restingTransfers -= due.length;
    begin(step, run, due);
  }
}

/** Of the runs whose destinations have no room, those whose turn it is look again. */
export function lookForRooms(step: Step): void {
  for (const run of step.state.runs.values()) {
    const scout = dueScout(run, step.nowMs);
    if (scout !== undefined) lookForRoom(step, scout);
  }
}

/** Offers one that waits for room to its destination: it gets on, or waits again. */
export function lookForRoom(step: Step, active: ActiveTransfer): void {
  sendScout(active);
  begin(step, active.run, [active]);
}

/** A transfer got on: what waited for room behind it goes on as well. */
export function goOnBehind(step: Step, active: ActiveTransfer): void {
  const followers = followersOf(active);
  if (followers === undefined) return;
  begin(step, active.run, followers);
  drive(step, active.run);
}

/** Stores again what the relay's disk had no room for, or did not take. */
export function storeAgain(step: Step): void {
  if (step.state.relayDiskBytes === 0) return;
  for (const run of step.state.runs.values()) {
    if (run.phase !== 'storing') continue;
    if (run.storesAgainAtMs > 0 && run.storesAgainAtMs <= step.nowMs) {
      run.storesAgainAtMs = 0;
      reload(step, run);
    }
    if (run.awaitsDestination && !mayComeBack(step, run)) {
      run.awaitsDestination = false;
      reload(step, run);
    }
    drive(step, run);
  }
}

function isRested({ phase, retryAtMs, hasUnrecordedPlan }: ActiveTransfer, nowMs: number): boolean {
  return phase === 'resting' && retryAtMs <= nowMs && !hasUnrecordedPlan;
}

/** Ends a run that cannot go on, and with it what is open of it. */
export function failRun(step: Step, run: ActiveRun, error: NonNullable<ActiveRun['error']>): void {
  if (run.phase === 'settled') return;
  for (const active of [...run.open.values()]) {
    const ref = refOf(active);
    if (active.phase === 'resting') run.restingTransfers -= 1;
    onFailed(step, active, error, false);
    const { sourceAgentId, destinationAgentId } = active.transfer;
    for (const agentId of new Set([sourceAgentId, destinationAgentId])) tellInPieces(step, agentId, 'cancel', [ref]);
  }
  // What was suspended is kept at its destination, if that is there.
  cancelKept(step, ({ runId }) => runId === run.run.id);
  run.error = error;
  end(step, run, 'failed');
}

function startPlanning(step: Step, run: ActiveRun): void {
  if (run.planIsPartial) clearPlan(step, run);
  else if (run.run.type === 'push') startScan(step, run);
  else if (step.state.online.has(run.run.destination.agentId)) startSurvey(step, run);
}

/** Its directories stand: what can be moved while the source is away is only what the relay's disk holds. */
function startMoving(step: Step, run: ActiveRun): void {
  run.phase = 'moving';
  run.loadsStoredOnly = !step.state.online.has(run.run.source.agentId);
  begin(
    step,
    run,
    [...run.open.values()].filter(({ phase }) => phase === 'storing'),
  );
}

function moveOn(step: Step, run: ActiveRun): void {
  const hasSource = step.state.online.has(run.run.source.agentId);
  const opened: ActiveTransfer[] = [];
  while (mayOpenAnother(step, run)) {
    const loaded = run.backlog.shift();
    if (loaded === undefined) break;
    if (!hasSource && !isWhole(loaded)) run.passedOver = true;
    else if (waitsStill(run, loaded)) waitOn(step, activate(step, run, loaded));
    else opened.push(activate(step, run, loaded));
  }
  begin(step, run, opened);
  loadOn(step, run);
  const isEmpty = run.backlog.length + run.open.size + run.recordingTransfers === 0;
  if (!run.isExhausted || !isEmpty || run.passedOver) return;
  if (run.loadsStoredOnly) {
    lookForTheRest(step, run);
    return;
  }
  enterTreePhase(run, 'sealing');
  loadTreePage(step, run);
}

/** All that was stored has been delivered. If that was everything, the run comes to its end without its source. */
function lookForTheRest(step: Step, run: ActiveRun): void {
  const { filesPlanned, filesMoved, filesFailed } = run.counters;
  if (filesMoved + filesFailed < filesPlanned) return;
  run.loadsStoredOnly = false;
  reload(step, run);
  loadOn(step, run);
}

/** The destination is away: as much as there is room for goes to the relay's disk. */
function storeOn(step: Step, run: ActiveRun): void {
  if (run.phase === 'idle') {
    run.phase = 'storing';
    run.loadsStoredOnly = false;
  }
  if (run.phase !== 'storing' || run.storesAgainAtMs > 0) return;
  const opened: ActiveTransfer[] = [];
  let roomBytes = step.storeRoomBytes;
  while (mayOpenAnother(step, run)) {
    const [loaded] = run.backlog;
    if (loaded === undefined) break;
    const bytes = bytesToStore({ ...loaded, stored: ChunkSet.fromRanges(loaded.transfer.totalChunks, loaded.stored) });
    const neverFits = bytes > step.state.relayDiskBytes;
    if (bytes > roomBytes && !neverFits) break;
    run.backlog.shift();
    if (neverFits || isBegun(loaded)) continue;
    if (wasUnderWay(loaded) && mayComeBack(step, run)) {
      run.awaitsDestination = true;
      continue;
    }
    roomBytes -= bytes;
    opened.push(activate(step, run, loaded));
  }
  begin(step, run, opened);
  loadOn(step, run);
}

/**
 * Whether only the destination can say what is left to do: it holds chunks already, which are not sent again (FAULTS.md P5); or it was
 * told to finish, and may have (P7). Of what the relay's disk holds whole nothing is left.
 */
function isBegun(loaded: LoadedTransfer): boolean {
  return loaded.transfer.completedChunks > 0 || isStated(loaded);
}

/** Whether a hub that died had it under way: its destination may hold chunks that no record tells of. */
function wasUnderWay({ transfer, stored }: LoadedTransfer): boolean {
  return transfer.state === 'running' && stored.length === 0;
}

function mayComeBack({ nowMs }: Step, { appearedAtMs }: ActiveRun): boolean {
  return nowMs - appearedAtMs < COMING_BACK_MS;
}

/** Whether the source has stated what the whole must be. */
function isStated({ transfer }: LoadedTransfer): boolean {
  return transfer.fileHash !== undefined && transfer.chunkListHash !== undefined;
}

/** Whether the relay's disk holds all of a transfer, and its source has stated what the whole must be. */
function isWhole(loaded: LoadedTransfer): boolean {
  const count = loaded.stored.reduce((sum, [, each]) => sum + each, 0);
  return count === loaded.transfer.totalChunks && isStated(loaded);
}

/** Offers transfers to their destination, or has their source send them to the relay's disk. */
function begin(step: Step, run: ActiveRun, transfers: readonly ActiveTransfer[]): void {
  if (transfers.length === 0) return;
  if (run.phase === 'storing') {
    store(step, run, transfers);
    return;
  }
  const able = transfers.filter((active) => mayGoOn(step, active));
  sendOffers(
    step,
    run,
    able.map((active) => offer(step, active)),
  );
}

/** One that starts over needs its source again: while that is away, it waits. */
function mayGoOn(step: Step, active: ActiveTransfer): boolean {
  if (isStoredWhole(active) || step.state.online.has(active.transfer.sourceAgentId)) return true;
  waitForSource(step, active);
  return false;
}

function loadOn(step: Step, run: ActiveRun): void {
  if (!run.isLoading && !run.isExhausted && run.backlog.length < LOAD_TRANSFERS / 2) load(step, run);
}

function sendOffers(step: Step, run: ActiveRun, offers: readonly ReturnType<typeof offer>[]): void {
  const { agentId } = run.run.destination;
  for (let from = 0; from < offers.length; from += MAX_ITEMS_PER_MESSAGE) {
    const transfers = offers.slice(from, from + MAX_ITEMS_PER_MESSAGE);
    step.effects.push({ type: 'sendMessage', agentId, message: { type: 'receive', transfers } });
  }
}

function mayOpenAnother(step: Step, run: ActiveRun): boolean {
  return !lacksRoom(run) && run.open.size < mostOpenTransfers(step, run) && run.openBytes < MAX_OPEN_BYTES;
}

function load(step: Step, run: ActiveRun): void {
  // What was parked a moment ago must be in the database before it is read from there.
  recordNow(step);
  run.isLoading = true;
  run.loads += 1;
  const { loads: load, loadedUpTo: afterId } = run;
  step.effects.push({
    type: 'loadTransfers',
    runId: run.run.id,
    load,
    afterId,
    limit: LOAD_TRANSFERS,
    ...(run.loadsStoredOnly && { only: 'stored' }),
  });
}

function settle(step: Step, run: ActiveRun): void {
  const { filesFailed, filesMoved } = run.counters;
  if (filesFailed === 0 && !run.hasTreeProblems) end(step, run, 'completed');
  else if (filesMoved === 0 && filesFailed > 0) end(step, run, 'failed');
  else end(step, run, 'partial');
}

function end(step: Step, run: ActiveRun, state: RunState): void {
  restBacklog(step, run);
  run.state = move(`Run ${run.run.id}`, runMoves, run.state, state);
  run.phase = 'settled';
  run.endedAt = new Date(step.nowMs);
  touchRun(step, run, 'urgent');
}
