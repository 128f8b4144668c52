import { Client } from 'pg';

/** Tables and indices of a database but those of the server itself. */
const OURS = `n.nspname not in ('pg_catalog', 'information_schema') and c.relpersistence = 'p'`;

/**
 * What is wrong with a database: tables and indices as the server's own `amcheck` sees them, and foreign keys. Without that extension,
 * which comes with the server on Debian, only the foreign keys are looked at, and standard error says so.
 */
export async function faultsInPostgres(url: string): Promise<readonly unknown[]> {
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    const isInstalled = await installAmcheck(client);
    return [
      ...(isInstalled ? [...(await faultyTables(client)), ...(await faultyIndices(client))] : []),
      ...(await brokenForeignKeys(client)),
    ];
  } finally {
    await client.end();
  }
}

async function installAmcheck(client: Client): Promise<boolean> {
  try {
    await client.query('create extension if not exists amcheck');
    return true;
  } catch (thrown) {
    const { message } = thrown as Error;
    process.stderr.write(
      `\n!! PostgreSQL without amcheck (${message}): tables and indices are NOT CHECKED. Install the server's contrib extensions.\n`,
    );
    return false;
  }
}

/** Every page of every table, and what it keeps apart because it is large. */
async function faultyTables(client: Client): Promise<readonly unknown[]> {
  const { rows } = await client.query(`
    select c.oid::regclass::text as table, fault.*
    from pg_class c join pg_namespace n on n.oid = c.relnamespace, lateral verify_heapam(c.oid, check_toast => true) fault
    where c.relkind in ('r', 't', 'm') and ${OURS}
  `);
  return rows;
}

/** Every index: its order, and that every row of its table is in it. */
async function faultyIndices(client: Client): Promise<readonly unknown[]> {
  const { rows } = await client.query<{ oid: number; name: string }>(`
    select c.oid, c.oid::regclass::text as name
    from pg_class c
      join pg_namespace n on n.oid = c.relnamespace
      join pg_am a on a.oid = c.relam
      join pg_index i on i.indexrelid = c.oid
    where c.relkind = 'i' and a.amname = 'btree' and ${OURS}
  `);
  const faults: unknown[] = [];
  for (const { oid, name } of rows) {
    // What is wrong is thrown; an index that is not valid, too.
    await client
      .query('select bt_index_check($1, heapallindexed => true)', [oid])
      .catch((thrown: Error) => faults.push({ index: name, message: thrown.message }));
  }
  return faults;
}

interface ForeignKey {
  readonly name: string;
  readonly child: string;
  readonly parent: string;
  /** SQL, of `child` and `parent`. */
  readonly matches: string;
  /** SQL: the child names a parent. */
  readonly isSet: string;
  readonly isEnforced: boolean;
}

/** Foreign keys that the server does not enforce, and rows that name one that is not there. */
async function brokenForeignKeys(client: Client): Promise<readonly unknown[]> {
  const { rows: keys } = await client.query<ForeignKey>(`
    select
      f.conname as name,
      f.conrelid::regclass::text as child,
      f.confrelid::regclass::text as parent,
      (
        select string_agg(format('child.%I = parent.%I', own.attname, other.attname), ' and ')
        from unnest(f.conkey, f.confkey) as pair(own, other)
          join pg_attribute own on own.attrelid = f.conrelid and own.attnum = pair.own
          join pg_attribute other on other.attrelid = f.confrelid and other.attnum = pair.other
      ) as matches,
      (
        select string_agg(format('child.%I is not null', own.attname), ' and ')
        from pg_attribute own where own.attrelid = f.conrelid and own.attnum = any (f.conkey)
      ) as "isSet",
      f.convalidated and not exists (
        select from pg_trigger t where t.tgconstraint = f.oid and t.tgenabled = 'D'
      ) as "isEnforced"
    from pg_constraint f where f.contype = 'f'
  `);
  const faults: unknown[] = [];
  for (const { name, child, parent, matches, isSet, isEnforced } of keys) {
    if (!isEnforced) faults.push({ foreignKey: name, message: 'it is not enforced' });
    const { rows } = await client.query(
      `select child.* from ${child} child where ${isSet} and not exists (select from ${parent} parent where ${matches})`,
    );
    faults.push(...rows.map((row) => ({ foreignKey: name, row })));
  }
  return faults;
}
