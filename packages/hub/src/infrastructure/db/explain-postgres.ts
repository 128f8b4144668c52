import { FerryError } from '@ferryline/engine';

/** What a failure to connect means (PostgreSQL's SQLSTATEs, and errno codes of the network), and what to do. */
const advice: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'nothing answers there. Start the server, or correct host and port in database.url.',
  ENOTFOUND: 'there is no machine of that name. Correct the host in database.url.',
  EAI_AGAIN: 'the name of the machine cannot be looked up at this moment. Check the network.',
  ETIMEDOUT: 'it does not answer. Check host, port and firewall.',
  ENOENT: 'there is no such socket. Start the server, or correct the host in database.url.',
  '28P01': 'it refuses the password. Correct database.url.',
  '28000': 'it refuses the user from this machine. Correct database.url, or pg_hba.conf on the server.',
  '3D000': 'there is no such database. Create it (createdb), or correct its name in database.url.',
  '42501': 'the user may not make tables there. Make it the owner of the database.',
  '53300': 'it has no connection left. Raise max_connections on the server, or lower database.poolSize.',
  '57P03': 'it is starting up or shutting down. Try again in a moment.',
  DEPTH_ZERO_SELF_SIGNED_CERT: 'its certificate is self-signed. Name its authority in database.caFile.',
  SELF_SIGNED_CERT_IN_CHAIN: 'the authority of its certificate is not known. Name it in database.caFile.',
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: 'the authority of its certificate is not known. Name it in database.caFile.',
  ERR_TLS_CERT_ALTNAME_INVALID: 'its certificate is for another name. Use that name in database.url.',
};
/** What pg says in words alone. */
const adviceOnWords: Readonly<Record<string, string>> = {
  'timeout expired': 'it does not answer. Check host, port and firewall.',
  'Connection terminated unexpectedly': 'it hung up. Check that host and port are those of a PostgreSQL server.',
  'The server does not support SSL connections':
    'it does not encrypt. Switch TLS on at the server, or do without it by sslmode=disable in database.url.',
};
const LOCK_NOT_AVAILABLE = '55P03';

/** Why the server cannot be used, for a person. The password is never part of it. */
export function explainPostgres(cause: unknown, url: string): FerryError {
  const where = withoutPassword(url);
  const code = typeof cause === 'object' && cause !== null && 'code' in cause ? String(cause.code) : '';
  if (code === LOCK_NOT_AVAILABLE) {
    return new FerryError(
      'CONFLICT',
      `Another hub uses the database ${where}. Stop that one, or give this one a database of its own.`,
      { cause },
    );
  }
  const words = cause instanceof Error ? cause.message : '';
  const reason = advice[code] ?? adviceOnWords[words] ?? plainMessage(cause);
  return new FerryError('INTERNAL', `The database ${where} cannot be used: ${reason}`, { cause });
}

function plainMessage(cause: unknown): string {
  const text = cause instanceof Error && cause.message !== '' ? cause.message : String(cause);
  return text.endsWith('.') ? text : `${text}.`;
}

function withoutPassword(text: string): string {
  const url = URL.parse(text);
  if (url === null) return 'of database.url';
  url.password = '';
  url.search = '';
  return url.href;
}
