import { errorCodes, exhaustive, type HubMessage, type TransferRef } from '@ferryline/engine';
import { drive, failRun, onSurveyed } from './driving.ts';
import type { WorkMessage } from './events.ts';
import { groupIn } from './grouping.ts';
import type { ActiveRun, ActiveTransfer } from './hub-state.ts';
import { onFailed, onFinished, onReceiving, onSent, refOf } from './moving.ts';
import { onEntries } from './scanning.ts';
import { tellInPieces } from './settling.ts';
import type { Step } from './step.ts';
import { onSurveyEntries } from './surveying.ts';
import { onTreePageDone } from './tree.ts';

type Message<Type extends WorkMessage['type']> = Extract<WorkMessage, { type: Type }>;
type SendItem = Extract<HubMessage, { type: 'send' }>['transfers'][number];
type FinishItem = Extract<HubMessage, { type: 'finish' }>['transfers'][number];
type Role = 'source' | 'destination';

/** What an agent says about runs and transfers. It is heard only about those in which it has the part that may say so. */
export function onMessage(step: Step, agentId: number, message: WorkMessage): void {
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
      for (const item of message.transfers) {
        const active = find(step, agentId, 'destination', item);
        if (active !== undefined) onFinished(step, active);
      }
      driveRunsOf(step, message.transfers);
      return;
    case 'failed':
      onTransfersFailed(step, agentId, message);
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
      if (run.phase === 'surveying' && isDestination) onSurveyEntries(step, run, message);
      else if (isSource) onEntries(step, run, message);
      return;
    case 'runFailed':
      if (isSource || isDestination) onRunFailed(step, run, message);
      return;
    case 'arranged':
    case 'sealed':
      if (!isDestination) return;
      onTreePageDone(step, run, message);
      drive(step, run);
  }
}

function onRunFailed(step: Step, run: ActiveRun, { code, message }: Message<'runFailed'>): void {
  // A destination where nothing is yet holds nothing: that is no failure, it is what the copy is for.
  if (run.phase === 'surveying' && code === 'SOURCE_NOT_FOUND') onSurveyed(step, run);
  else failRun(step, run, { code, message });
}

/** Destinations are ready: their sources are told to send, one message for each route. */
function onReceivings(step: Step, agentId: number, message: Message<'receiving'>): void {
  const bySource = new Map<number, SendItem[]>();
  for (const item of message.transfers) {
    const active = find(step, agentId, 'destination', item);
    const send = active && onReceiving(step, active, item);
    if (active && send) groupIn(bySource, active.transfer.sourceAgentId).push(send);
  }
  const { windowBytes } = step.state;
  for (const [sourceAgentId, transfers] of bySource) {
    const send: HubMessage = { type: 'send', route: agentId, windowBytes, transfers };
    step.effects.push({ type: 'sendMessage', agentId: sourceAgentId, message: send });
  }
}

/** Sources have read their files to the end: the destinations are told what the whole must be. */
function onSents(step: Step, agentId: number, message: Message<'sent'>): void {
  const byDestination = new Map<number, FinishItem[]>();
  for (const item of message.transfers) {
    const active = find(step, agentId, 'source', item);
    const finish = active && onSent(step, active, item);
    if (active && finish) groupIn(byDestination, active.transfer.destinationAgentId).push(finish);
  }
  for (const [destinationAgentId, transfers] of byDestination) {
    step.effects.push({ type: 'sendMessage', agentId: destinationAgentId, message: { type: 'finish', transfers } });
  }
}

/** One end gave an attempt up: the other end lets go of it, whether the transfer is tried again or not. */
function onTransfersFailed(step: Step, agentId: number, message: Message<'failed'>): void {
  for (const item of message.transfers) {
    const active = find(step, agentId, 'source', item) ?? find(step, agentId, 'destination', item);
    if (active === undefined) continue;
    const { sourceAgentId, destinationAgentId } = active.transfer;
    const ref = refOf(active);
    // A source that changed needs a new plan, which a retry of this one is not.
    const retryable = errorCodes[item.code].retryable && item.code !== 'SOURCE_CHANGED';
    onFailed(step, active, item, retryable);
    for (const other of new Set([sourceAgentId, destinationAgentId])) tellInPieces(step, other, 'cancel', [ref]);
  }
  driveRunsOf(step, message.transfers);
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
