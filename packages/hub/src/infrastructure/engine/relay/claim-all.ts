import { RecordRefused } from '../../../domain/run/record-refused.ts';
import type { RelayClaim } from '../../../domain/transfer/relay-claim.ts';
import type { ClaimKeeper } from './claim-keeper.ts';
import type { HeldAttempt } from './held-attempt.ts';
import { contradiction, over, unknownTransfer } from './relay-refusal.ts';

/** A chunk whose frame is on stable storage. */
export interface SyncedChunk {
  readonly held: HeldAttempt;
  readonly claim: RelayClaim;
  readonly end: PromiseWithResolvers<void>;
}

/** Claims chunks in one transaction, and tells each how that ended. What the database refuses for good hinders no others. */
export async function claimAll(keeper: ClaimKeeper, chunks: readonly SyncedChunk[]): Promise<void> {
  const wanted = chunks.filter(({ held }) => !held.isOver);
  for (const { held, end } of chunks) if (held.isOver) end.reject(over(held.ref));
  if (wanted.length > 0) await claimWanted(keeper, wanted);
}

async function claimWanted(keeper: ClaimKeeper, chunks: readonly SyncedChunk[]): Promise<void> {
  let standing: ReadonlySet<RelayClaim>;
  try {
    standing = new Set(await keeper.ask((claims) => claims.createBatch(chunks.map(({ claim }) => claim))));
  } catch (thrown) {
    if (!(thrown instanceof RecordRefused) || chunks.length === 1) {
      for (const { end } of chunks) end.reject(thrown);
      return;
    }
    const middle = Math.ceil(chunks.length / 2);
    await claimWanted(keeper, chunks.slice(0, middle));
    await claimWanted(keeper, chunks.slice(middle));
    return;
  }
  for (const chunk of chunks) {
    if (standing.has(chunk.claim)) await compare(keeper, chunk);
    else succeed(chunk, chunk.claim);
  }
}

/** A claim was not added: it was by an earlier try whose answer was lost, or the chunk is claimed otherwise, or its transfer is gone. */
async function compare(keeper: ClaimKeeper, chunk: SyncedChunk): Promise<void> {
  const { claim, end } = chunk;
  try {
    const before = { ...claim, chunkIndex: claim.chunkIndex - 1 };
    const [found] = await keeper.ask((claims) => claims.list([claim.transferId], before, 1));
    const isSameChunk = found?.attempt === claim.attempt && found.chunkIndex === claim.chunkIndex;
    if (found === undefined || !isSameChunk) throw unknownTransfer(chunk.held.ref);
    if (found.digest !== claim.digest) throw contradiction(chunk.held.ref, claim.chunkIndex);
    succeed(chunk, found);
  } catch (thrown) {
    end.reject(thrown);
  }
}

function succeed({ held, end }: SyncedChunk, claim: RelayClaim): void {
  held.hold(claim);
  end.resolve();
}
