import type { ClaimedAttempt, RelayClaim } from '../../../domain/transfer/relay-claim.ts';
import type { ClaimKeeper } from './claim-keeper.ts';
import type { HeldAttempt } from './held-attempt.ts';

/** Transfers whose claims are asked for together; one has up to 65,536. */
const TRANSFERS_AT_A_TIME = 500;
/** Rows as one answer of the database: more would keep the event loop from frames for too long. */
const PAGE_ROWS = 2_000;

/** Gives the attempts their claims, and removes those of other attempts of the same transfers; returns these attempts. */
export async function loadClaims(
  keeper: ClaimKeeper,
  helds: readonly HeldAttempt[],
): Promise<readonly ClaimedAttempt[]> {
  const byTransfer = new Map(helds.map((held) => [held.ref.transfer, held]));
  const ids = [...byTransfer.keys()];
  const others = new Map<string, ClaimedAttempt>();
  for (let from = 0; from < ids.length; from += TRANSFERS_AT_A_TIME) {
    for await (const claim of claimsOf(keeper, ids.slice(from, from + TRANSFERS_AT_A_TIME))) {
      const { transferId, attempt } = claim;
      const held = byTransfer.get(transferId);
      if (held?.ref.attempt === attempt) held.hold(claim);
      else others.set(`${transferId}.${attempt}`, { transferId, attempt });
    }
  }
  const removed = [...others.values()];
  if (removed.length > 0) await keeper.ask((claims) => claims.deleteAttempts(removed));
  return removed;
}

async function* claimsOf(keeper: ClaimKeeper, transferIds: readonly number[]): AsyncGenerator<RelayClaim> {
  let last: RelayClaim | undefined;
  do {
    const after = last;
    const page = await keeper.ask((claims) => claims.list(transferIds, after, PAGE_ROWS));
    yield* page;
    last = page.length < PAGE_ROWS ? undefined : page.at(-1);
  } while (last !== undefined);
}
