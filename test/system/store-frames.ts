import { fdatasync, openSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { pino } from 'pino';
import type { Database } from '../../packages/hub/src/adapter/sql/schema.ts';
import { SqlRelayClaimRepository } from '../../packages/hub/src/adapter/sql/sql-relay-claim-repository.ts';
import { standIn } from '../../packages/hub/src/application/store/stand-in.ts';
import type { RelayClaimRepository } from '../../packages/hub/src/domain/transfer/relay-claim-repository.ts';
import { SQLITE_FILE } from '../../packages/hub/src/infrastructure/db/open-database.ts';
import { openSqlite } from '../../packages/hub/src/infrastructure/db/open-sqlite.ts';
import { exampleFrame } from '../../packages/hub/src/infrastructure/engine/relay/example-frame.ts';
import { RelayStore } from '../../packages/hub/src/infrastructure/engine/relay/relay-store.ts';

/**
 * A process that stores chunks of two transfers on the relay's disk, or goes on storing them, and says on standard output what it has
 * promised so far: `<transfer>.<chunk>` for each that is acknowledged. In between it stores one of a third transfer, says `dropping`, and
 * drops that. A chunk that is refused is said as `<transfer>.<chunk> <code>`. Arguments: data directory, and the three ids.
 */
const [dataDir = '', ...ids] = process.argv.slice(2);
const db = await openSqlite<Database>(join(dataDir, SQLITE_FILE));
const relayClaims = new SqlRelayClaimRepository(db);
const moment = openSync(join(dataDir, 'moment'), 'w');
const passMoment = promisify(fdatasync);

/** The database does its writing out of sight of whoever kills this: so there is a moment to die at before and after it. */
const claims = standIn<RelayClaimRepository>(relayClaims, {
  async createBatch(wanted) {
    await passMoment(moment);
    const refused = await relayClaims.createBatch(wanted);
    await passMoment(moment);
    return refused;
  },
  async deleteTransfers(transferIds) {
    await passMoment(moment);
    const removed = await relayClaims.deleteTransfers(transferIds);
    await passMoment(moment);
    return removed;
  },
});
const relay = await RelayStore.open({
  directory: join(dataDir, 'relay'),
  claims,
  quotaBytes: 2 ** 30,
  diskSpace: async () => ({ freeBytes: 2 ** 50, totalBytes: 2 ** 50 }),
  logger: pino({ level: 'silent' }),
});
const [first = 0, second = 0, third = 0] = ids.map(Number);
const held = await relay.load([first, second, third].map((transfer) => ({ transfer, attempt: 1 })));

await Promise.all([store(first, 0), store(second, 0), store(third, 0)]);
await store(first, 1);
say('dropping');
await Promise.all([relay.drop([third]), store(second, 1), store(second, 2)]);
await store(first, 2);
await relay.close();
await db.destroy();
say('finished');

async function store(transfer: number, index: number): Promise<void> {
  const isHeld = held.get(transfer)?.some(([from, count]) => index >= from && index < from + count);
  if (isHeld) return;
  const { frame, bytes } = exampleFrame({ transfer, attempt: 1 }, index);
  try {
    await relay.append(frame, bytes);
    say(`${transfer}.${index}`);
  } catch (thrown) {
    say(`${transfer}.${index} ${Reflect.get(Object(thrown), 'code')}`);
  }
}

function say(word: string): void {
  writeSync(1, `${word}\n`);
}
