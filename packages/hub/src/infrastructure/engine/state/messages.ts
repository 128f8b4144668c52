import {
  errorCodes,
  exhaustive,
  type Failure,
  type HubMessage,
  type TransferFailure,
  type TransferRef,
} from '@ferryline/engine';
import { drive, failRun, goOnBehind, onSurveyed } from './driving.ts';
import type { WorkMessage } from './events.ts';
import { groupIn } from './grouping.ts';
import { onHoldsStated } from './holds.ts';
import type { ActiveRun, ActiveTransfer } from './hub-state.ts';
import { onFailed, onFinished, onReceiving, onSent, refOf, waitForRoom } from './moving.ts';
import { replan } from './replanning.ts';
import { onEntries } from './scanning.ts';
import { tellInPieces } from './settling.ts';
import { noteSigns } from './stalls.ts';
import type { Step } from './step.ts';
import { restIfStored } from './storing.ts';
import { onSurveyEntries } from './surveying.ts';
import { onTreePageDone } from './tree.ts';

type Message<Type extends WorkMessage['type']> = Extract<WorkMessage, { type: Type }>;
type SendItem = Extract<HubMessage, { type: 'send' }>['transfers'][number];
type FinishItem = Extract<HubMessage, { type: 'finish' }>['transfers'][number];
type Role = 'source' | 'destination';

/** What an agent says about runs and transfers. It is heard only about those in which it has the part that may say so. */
export function onMessage(step: Step, agentId: number, message: WorkMessage): void {
  if ('transfers' in message) noteSigns(step, agentId, message.transfers);
  switch (message.type) {
    case 'entries':
    case 'runFailed':
    case 'arranged':
    case 'sealed':
      onRunMessage(step, agentId, message);
      return;
    case 'receiving':
      onReceivings(step, agentId, message);
      return;
    case 'sent':
      onSents(step, agentId, message);
      return;
    case 'finished':
      onFinisheds(step, agentId, message);
      return;
    case 'failed':
      onTransfersFailed(step, agentId, message);
      return;
    case 'waiting':
      onWaitings(step, agentId, message);
      return;
    case 'working':
      return;
    default:
      exhaustive(message);
  }
}

function onRunMessage(
  step: Step,
  agentId: number,
  message: Message<'entries' | 'runFailed' | 'arranged' | 'sealed'>,
): void {
  const run = step.state.runs.get(message.run);
  if (run === undefined) return;
  const isSource = run.run.source.agentId === agentId;
  const isDestination = run.run.destination.agentId === agentId;
  switch (message.type) {
    case 'entries':
      if (run.phase === 'surveying' && isDestination) {
        endScan(step, run, agentId, onSurveyEntries(step, run, message));
      } else if (isSource) {
        endScan(step, run, agentId, onEntries(step, run, message));
      }
      return;
    case 'runFailed':
      if (agentId === atWork(run)) onRunFailed(step, run, message);
      return;
    case 'arranged':
    case 'sealed':
      if (!isDestination || run.phase !== (message.type === 'arranged' ? 'arranging' : 'sealing')) return;
      onTreePageDone(step, run, message);
      drive(step, run);
  }
}

/** What was found is more than a run can plan, if it is that: the agent need not look on. */
function endScan(step: Step, run: ActiveRun, agentId: number, failure: Failure | undefined): void {
  if (failure === undefined) return;
  step.effects.push({ type: 'sendMessage', agentId, message: { type: 'cancelScan', run: run.run.id } });
  failRun(step, run, failure);
}

/** Which agent does what the run waits for, before and after its files move: only that one can say that it cannot be done. */
function atWork({ phase, run }: ActiveRun): number | undefined {
  if (phase === 'scanning') return run.source.agentId;
  return phase === 'surveying' || phase === 'arranging' || phase === 'sealing' ? run.destination.agentId : undefined;
}

function onRunFailed(step: Step, run: ActiveRun, { code, message }: Message<'runFailed'>): void {
  // A destination where nothing is yet holds nothing: that is no failure, it is what the copy is for.
  if (run.phase === 'surveying' && code === 'SOURCE_NOT_FOUND') onSurveyed(step, run);
  else failRun(step, run, { code, message });
}

/** Destinations are ready: the sources of what is not stored whole are told to send, one message for each route. */
function onReceivings(step: Step, agentId: number, message: Message<'receiving'>): void {
  const byRun = new Map<ActiveRun, SendItem[]>();
  const finishes: FinishItem[] = [];
  for (const item of message.transfers) {
    const active = find(step, agentId, 'destination', item);
    const next = active && onReceiving(step, active, item);
    if (active === undefined || next === undefined) continue;
    if ('send' in next) groupIn(byRun, active.run).push(next.send);
    else finishes.push(next.finish);
  }
  const { windowBytes } = step.state;
  for (const [{ run }, transfers] of byRun) {
    const send: HubMessage = { type: 'send', route: run.id, windowBytes, transfers };
    step.effects.push({ type: 'sendMessage', agentId: run.source.agentId, message: send });
  }
  if (finishes.length === 0) return;
  step.effects.push({ type: 'sendMessage', agentId, message: { type: 'finish', transfers: finishes } });
}

/** Sources have read their files to the end: the destinations are told what the whole must be. */
function onSents(step: Step, agentId: number, message: Message<'sent'>): void {
  const byDestination = new Map<number, FinishItem[]>();
  for (const item of message.transfers) {
    const active = find(step, agentId, 'source', item);
    const finish = active && onSent(step, active, item);
    if (active && finish) groupIn(byDestination, active.transfer.destinationAgentId).push(finish);
    if (active && restIfStored(step, active)) drive(step, active.run);
  }
  for (const [destinationAgentId, transfers] of byDestination) {
    step.effects.push({ type: 'sendMessage', agentId: destinationAgentId, message: { type: 'finish', transfers } });
  }
}

/** Destinations have published. What is not waited for was cancelled meanwhile: it is remembered there until that is said. */
function onFinisheds(step: Step, agentId: number, message: Message<'finished'>): void {
  const unknown: TransferRef[] = [];
  for (const item of message.transfers) {
    const active = find(step, agentId, 'destination', item);
    if (active === undefined) unknown.push(item);
    else {
      onFinished(step, active);
      if (active.phase === 'recording') goOnBehind(step, active);
    }
  }
  onHoldsStated(step, agentId, unknown);
  driveRunsOf(step, message.transfers);
}

/** One end gave an attempt up: the other end lets go of it, whether the transfer is tried again or not. */
function onTransfersFailed(step: Step, agentId: number, message: Message<'failed'>): void {
  for (const item of message.transfers) {
    const active = find(step, agentId, 'source', item) ?? find(step, agentId, 'destination', item);
    // Nobody is told to let go of what has ended already: a destination must remember that it published until that is recorded.
    if (active === undefined || isAtRest(active)) continue;
    // What goes to the relay's disk is not its destination's business yet.
    if (active.phase === 'storing' && agentId !== active.transfer.sourceAgentId) continue;
    const { sourceAgentId, destinationAgentId } = active.transfer;
    const ref = refOf(active);
    onFailed(step, active, item, mayStartOver(step, active, item));
    for (const other of new Set([sourceAgentId, destinationAgentId])) tellInPieces(step, other, 'cancel', [ref]);
  }
  driveRunsOf(step, message.transfers);
}

/** Destinations have no room: they keep what they hold, and are asked again. */
function onWaitings(step: Step, agentId: number, message: Message<'waiting'>): void {
  for (const item of message.transfers) {
    const active = find(step, agentId, 'destination', item);
    if (active?.phase === 'offered' || active?.phase === 'sending' || active?.phase === 'finishing') {
      waitForRoom(step, active, item);
    }
  }
  driveRunsOf(step, message.transfers);
}

/** A source that changed needs a new plan, for which it must say what stands there now. */
function mayStartOver(step: Step, active: ActiveTransfer, failure: TransferFailure): boolean {
  if (failure.code !== 'SOURCE_CHANGED') return errorCodes[failure.code].retryable;
  const { present } = failure;
  if (present === undefined || active.retryCount >= active.transfer.maxRetries) return false;
  return replan(step, active, present) === undefined;
}

function isAtRest({ phase }: ActiveTransfer): boolean {
  return phase === 'recording' || phase === 'resting' || phase === 'waiting';
}

function find(step: Step, agentId: number, role: Role, ref: TransferRef): ActiveTransfer | undefined {
  const active = step.state.transfers.get(ref.transfer);
  if (active === undefined || active.attempt !== ref.attempt) return undefined;
  const { sourceAgentId, destinationAgentId } = active.transfer;
  return agentId === (role === 'source' ? sourceAgentId : destinationAgentId) ? active : undefined;
}

function driveRunsOf(step: Step, refs: readonly TransferRef[]): void {
  const runs = new Set<ActiveRun>();
  for (const ref of refs) {
    const run = step.state.transfers.get(ref.transfer)?.run;
    if (run !== undefined) runs.add(run);
  }
  for (const run of runs) drive(step, run);
}
