import { readFileSync } from 'node:fs';
import { FerryError } from '@ferryline/engine';
import { type ClientConfig, types } from 'pg';
import type { PostgresConfig } from '../config/hub-config.ts';

const APPLICATION_NAME = 'ferryline-hub';
const CONNECT_TIMEOUT_MS = 10_000;
/** Transactions of ours wait for nothing but the database: one that idles was forgotten. */
const IDLE_IN_TRANSACTION_TIMEOUT_MS = 60_000;
/** pg_type.oid of what ids, times and byte counts come in, and of what sums of them come in. */
const INT8 = 20;
const NUMERIC = 1_700;

/**
 * What every connection of the hub to PostgreSQL has in common.
 *
 * @throws FerryError VALIDATION when the URL or the certificate file is not usable. Never with the password.
 */
export function postgresConnection({ url, statementTimeoutMs, caFile }: PostgresConfig): ClientConfig {
  const { connectionString, sslmode } = takeSslmode(url);
  const ssl = encryption(sslmode, caFile);
  return {
    connectionString,
    application_name: APPLICATION_NAME,
    connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
    statement_timeout: statementTimeoutMs,
    idle_in_transaction_session_timeout: IDLE_IN_TRANSACTION_TIMEOUT_MS,
    types: {
      getTypeParser: (oid, format) =>
        oid === INT8 || oid === NUMERIC ? parseNumber : types.getTypeParser(oid, format),
    },
    ...(ssl !== undefined && { ssl }),
  };
}

/** Out of the URL, because pg lets a URL that has one forget the certificate authority that stands beside it. */
function takeSslmode(url: string): { readonly connectionString: string; readonly sslmode: string | undefined } {
  const parsed = URL.parse(url);
  // A URL without a host (`postgres://user@/name?host=/run/postgresql`) names a socket, where nothing is encrypted.
  if (parsed === null) return { connectionString: url, sslmode: undefined };
  const sslmode = parsed.searchParams.get('sslmode') ?? undefined;
  if (sslmode === undefined) return { connectionString: url, sslmode };
  parsed.searchParams.delete('sslmode');
  return { connectionString: parsed.href, sslmode };
}

/** Encrypted means verified, whatever name it is asked for by: only `no-verify` trusts whoever answers. */
function encryption(sslmode: string | undefined, caFile: string | undefined): ClientConfig['ssl'] {
  const authority = caFile === undefined ? {} : { ca: readCertificates(caFile) };
  switch (sslmode) {
    case undefined:
      return caFile === undefined ? undefined : authority;
    case 'disable':
      if (caFile === undefined) return false;
      throw new FerryError(
        'VALIDATION',
        'database.url says sslmode=disable, but database.caFile names an authority to trust. Remove one of them.',
      );
    case 'no-verify':
      return { rejectUnauthorized: false };
    case 'prefer':
    case 'require':
    case 'verify-ca':
    case 'verify-full':
      return authority;
    default:
      throw new FerryError(
        'VALIDATION',
        `database.url says sslmode=${sslmode}, which there is not. Use verify-full, no-verify or disable.`,
      );
  }
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
function parseNumber(text: string): number {
  const value = Number(text);
  if (Math.abs(value) <= Number.MAX_SAFE_INTEGER) return value;
  throw new FerryError('INTERNAL', `The database holds the number ${text}, which no hub wrote.`);
}
