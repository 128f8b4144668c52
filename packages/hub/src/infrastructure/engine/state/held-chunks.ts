import type { HubState } from './hub-state.ts';

/** Which chunks of a transfer its destination has acknowledged, as ranges [first, count]; undefined when it is not under way. */
export function heldChunks(
  state: HubState,
  transferId: number,
): readonly (readonly [first: number, count: number])[] | undefined {
  return state.transfers.get(transferId)?.acknowledged.toRanges();
}
