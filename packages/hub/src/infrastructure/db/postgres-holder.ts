import { FerryError } from '@ferryline/engine';
import { Client, type ClientConfig } from 'pg';
import { PostgresHeartbeat, type SilenceListener } from './postgres-heartbeat.ts';

/** Names this use of advisory locks, of which a database has one space for all its users: "ferrylin" as a 64-bit number. */
const HUB_LOCK = '7378429400505411950';
/** A hub that was killed has lost its lock when the server notices; a hub that is started again right away waits so long for it. */
const LOCK_TIMEOUT_MS = 5_000;
/** A connection that broke without a word is noticed by this: whatever is asked is answered within so long, or it is lost. */
const ANSWER_TIMEOUT_MS = 10_000;
/**
 * So the server notices that the hub's machine is gone (power, network), within 40 seconds. With the operating system's own times
 * it takes more than two hours, in which no hub on another machine could take over.
 */
const SERVER_KEEPALIVE = 'set tcp_keepalives_idle = 10; set tcp_keepalives_interval = 10; set tcp_keepalives_count = 3';

/** The connection by which this hub holds a database for itself. */
export interface PostgresHolder {
  /** Lets go of the database; nobody hears of a loss after this. May be called twice. */
  close(): Promise<void>;
}

/**
 * Takes the database for one hub at a time, because what a hub keeps in memory of runs under way is only true for itself. The lock is
 * one of the connection's: it is gone with the connection, however that ends.
 *
 * @param onLost hears once when the connection is gone or does not answer: another hub may take the database from then on
 * @param silence hears before that, and sooner, that the server does not answer at this moment
 * @throws what pg throws; SQLSTATE 55P03 when another hub holds the database.
 */
export async function holdPostgres(
  connection: ClientConfig,
  onLost: (error: FerryError) => void,
  silence: SilenceListener,
): Promise<PostgresHolder> {
  // Waiting for the lock has its own limit, whatever that of statements is.
  const client = new Client({ ...connection, statement_timeout: 0, keepAlive: true, query_timeout: ANSWER_TIMEOUT_MS });
  // Followed by `end`, which is listened to below.
  client.on('error', () => undefined);
  try {
    await client.connect();
    await client.query(`${SERVER_KEEPALIVE}; set lock_timeout = ${LOCK_TIMEOUT_MS}`);
    await client.query('select pg_advisory_lock($1)', [HUB_LOCK]);
  } catch (cause) {
    await client.end().catch(() => undefined);
    throw cause;
  }
  let isHeld = true;
  const lose = (): void => {
    if (!isHeld) return;
    isHeld = false;
    heartbeat.stop();
    onLost(lost());
  };
  const heartbeat = new PostgresHeartbeat({ ask: () => client.query('select 1'), silence, onLost: lose });
  client.once('end', lose);
  return {
    close: async () => {
      isHeld = false;
      heartbeat.stop();
      await client.end();
    },
  };
}

function lost(): FerryError {
  return new FerryError(
    'INTERNAL',
    'The connection that holds the database for this hub was lost: another hub may use it by now. This one stops. Start it again.',
  );
}
