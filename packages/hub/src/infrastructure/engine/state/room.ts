import type { ActiveRun, ActiveTransfer, LoadedTransfer, RoomLack } from './hub-state.ts';

/**
 * A destination whose disk is full keeps what it holds of a transfer, which waits until there is room (FAULTS.md L5). While one waits,
 * nothing else of its run is offered, for a file that begins where it cannot fit fails; but one that waits looks now and then whether
 * there is room. When it gets on, all others follow. Runs do not wait for each other: what one root holds may be many disks.
 */

/** The first look is so long after the destination said that there is no room; each that is in vain doubles that. */
const FIRST_PAUSE_MS = 5_000;
const LONGEST_PAUSE_MS = 60_000;

/** Whether nothing of the run is to be offered for want of room. */
export function lacksRoom({ room, open }: ActiveRun): boolean {
  if (room === undefined || room === 'found') return false;
  return isLooking(room) || [...open.values()].some(isWaiting);
}

/** The destination has no room for a transfer, which waits from here on. */
export function noteLack(active: ActiveTransfer, nowMs: number): void {
  const { run } = active;
  const { room } = run;
  if (room === undefined || room === 'found' || !lacksRoom(run)) {
    run.room = { pauseMs: FIRST_PAUSE_MS, nextLookAtMs: nowMs + FIRST_PAUSE_MS, scout: undefined };
  } else if (room.scout === active) {
    room.pauseMs = Math.min(2 * room.pauseMs, LONGEST_PAUSE_MS);
    room.nextLookAtMs = nowMs + room.pauseMs;
    room.scout = undefined;
  }
  // The others have their turn before it: where a large file does not fit, a small one may.
  run.open.delete(active.transfer.id);
  run.open.set(active.transfer.id, active);
}

/** Which transfer is to look now whether there is room. */
export function dueScout(run: ActiveRun, nowMs: number): ActiveTransfer | undefined {
  const { room } = run;
  if (run.phase !== 'moving' || room === undefined || room === 'found') return undefined;
  if (room.nextLookAtMs > nowMs || isLooking(room)) return undefined;
  return [...run.open.values()].find(isWaiting);
}

/** The transfer looks whether there is room. */
export function sendScout(active: ActiveTransfer): void {
  const { room } = active.run;
  if (room !== undefined && room !== 'found') room.scout = active;
}

/** A transfer got on. Returns those that waited for it to; undefined when it was not the one that looked. */
export function followersOf(active: ActiveTransfer): readonly ActiveTransfer[] | undefined {
  const { run } = active;
  if (run.room === undefined || run.room === 'found' || run.room.scout !== active) return undefined;
  run.room = 'found';
  return [...run.open.values()].filter(isWaiting);
}

/** Whether a transfer waited for room when it was recorded last, and nobody has found any since the run is in memory. */
export function waitsStill({ room }: ActiveRun, { transfer }: LoadedTransfer): boolean {
  return room !== 'found' && transfer.state === 'suspended' && transfer.errorCode === 'NO_SPACE';
}

function isLooking({ scout }: RoomLack): boolean {
  if (scout === undefined) return false;
  const { phase, run, transfer } = scout;
  return run.open.get(transfer.id) === scout && (phase === 'offered' || phase === 'sending' || phase === 'finishing');
}

function isWaiting({ phase }: ActiveTransfer): boolean {
  return phase === 'waiting';
}
