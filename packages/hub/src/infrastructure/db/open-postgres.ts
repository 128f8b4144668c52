import { readFileSync } from 'node:fs';
import { FerryError } from '@ferryline/engine';
import { Kysely, PostgresDialect } from 'kysely';
import { Client, type ClientConfig, Pool, types } from 'pg';
import type { PostgresConfig } from '../config/hub-config.ts';
import { explainPostgres } from './explain-postgres.ts';
import type { HubDatabase } from './hub-database.ts';

const APPLICATION_NAME = 'ferryline-hub';
const CONNECT_TIMEOUT_MS = 10_000;
/** Transactions of ours wait for nothing but the database: one that idles was forgotten. */
const IDLE_IN_TRANSACTION_TIMEOUT_MS = 60_000;
/** pg_type.oid of int8, in which ids, times and byte counts come. */
const INT8 = 20;
/** Names this use of advisory locks, of which a database has one space for all its users: "ferrylin" as a 64-bit number. */
const HUB_LOCK = '7378429400505411950';
/** A hub that was killed has lost its lock when the server notices; a hub that is started again right away waits so long for it. */
const HUB_LOCK_TIMEOUT_MS = 5_000;

/**
 * Opens a PostgreSQL database for this hub alone. A commit is on stable storage when it returns, unless the server was told to keep it
 * otherwise (`synchronous_commit`, `fsync`).
 *
 * @param onLost hears when the connection that holds the database for this hub is gone: another hub may take it from now on
 * @throws FerryError INTERNAL that says why the server cannot be used, CONFLICT when another hub uses the database. Never with the password.
 */
export async function openPostgres<Schema>(
  config: PostgresConfig,
  onLost: (error: FerryError) => void,
): Promise<HubDatabase<Schema>> {
  const connection = connectionConfig(config);
  const holder = await takeDatabase(config, connection, onLost);
  const pool = new Pool({ ...connection, max: config.poolSize });
  // A connection that breaks while nobody uses it is replaced; whoever uses one hears of it by their query.
  pool.on('error', () => undefined);
  const db = new Kysely<Schema>({ dialect: new PostgresDialect({ pool }) });
  return {
    db,
    kind: 'postgres',
    close: async () => {
      await db.destroy();
      holder.removeAllListeners('end');
      await holder.end();
    },
  };
}

function connectionConfig({ url, statementTimeoutMs, caFile }: PostgresConfig): ClientConfig {
  return {
    connectionString: url,
    application_name: APPLICATION_NAME,
    connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
    statement_timeout: statementTimeoutMs,
    idle_in_transaction_session_timeout: IDLE_IN_TRANSACTION_TIMEOUT_MS,
    types: { getTypeParser: (oid, format) => (oid === INT8 ? parseInteger : types.getTypeParser(oid, format)) },
    ...(caFile !== undefined && { ssl: { ca: readCertificates(caFile) } }),
  };
}

/** The database for one hub at a time: what it keeps in memory of runs under way is only true for itself. */
async function takeDatabase(
  { url }: PostgresConfig,
  connection: ClientConfig,
  onLost: (error: FerryError) => void,
): Promise<Client> {
  const holder = new Client({ ...connection, keepAlive: true });
  holder.on('error', () => undefined);
  try {
    await holder.connect();
    await holder.query(`set lock_timeout = ${HUB_LOCK_TIMEOUT_MS}`);
    await holder.query('select pg_advisory_lock($1)', [HUB_LOCK]);
  } catch (cause) {
    await holder.end().catch(() => undefined);
    throw explainPostgres(cause, url);
  }
  holder.once('end', () => {
    onLost(
      new FerryError(
        'INTERNAL',
        'The connection that holds the database for this hub was lost: another hub may use it by now. This one stops. Start it again.',
      ),
    );
  });
  return holder;
}

function readCertificates(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (cause) {
    const reason = cause instanceof Error && 'code' in cause ? String(cause.code) : String(cause);
    throw new FerryError('VALIDATION', `The certificate file ${file} of database.caFile cannot be read (${reason}).`, {
      cause,
    });
  }
}

/** As the rest of the hub counts; what JavaScript cannot hold exactly is no id, time or size of ours. */
function parseInteger(text: string): number {
  const value = Number(text);
  if (Number.isSafeInteger(value)) return value;
  throw new FerryError('INTERNAL', `The database holds the number ${text}, which no hub wrote.`);
}
