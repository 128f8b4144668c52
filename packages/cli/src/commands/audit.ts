import { createWriteStream } from 'node:fs';
import { finished } from 'node:stream/promises';
import { exitCodes } from '@ferryline/engine';
import type { Command } from 'commander';
import { connect } from '../client/connect.ts';
import { findUser } from '../client/find.ts';
import { type AuditEventResource, auditEventSchema, auditVerdictSchema } from '../client/resources.ts';
import type { CommandContext } from '../command-context.ts';
import { displayName } from '../display/display-name.ts';
import { type Column, displayTime, printJson, printLine, printListing } from '../display/output.ts';
import {
  type ClientOptions,
  type ListOptions,
  parseMoment,
  withClientOptions,
  withListOptions,
} from './client-options.ts';

const columns: readonly Column<AuditEventResource>[] = [
  { title: '#', cell: (event) => event.sequence },
  { title: 'WHEN', cell: (event) => displayTime(event.at) },
  { title: 'WHO', cell: (event) => event.actor.name },
  { title: 'FROM', cell: (event) => event.actor.address },
  { title: 'WHAT', cell: (event) => event.action },
  { title: 'ON', cell: ({ object }) => object && `${object.kind} ${object.name ?? object.id}` },
];

interface AuditListOptions extends ListOptions {
  readonly user?: string;
  readonly action?: string;
  readonly on?: { readonly objectKind: string; readonly objectId?: string };
  readonly since?: string;
  readonly until?: string;
}

export function addAuditCommand(program: Command, context: CommandContext): void {
  const { io } = context;
  const audit = program.command('audit').description('who did what');
  withListOptions(audit.command('list', { isDefault: true }).description('list it, newest first; also without "list"'))
    .option('--user <user>', 'only what this user did: their e-mail address or id')
    .option('--on <object>', 'only what was done to this: job 7, or job for any of them', parseObject)
    .option('--action <action>', 'only this, as in job.created, or job for all that happened to jobs')
    .option('--since <time>', 'only from this moment on', parseMoment)
    .option('--until <time>', 'only before this moment', parseMoment)
    .action(async ({ user, on, action, since, until, ...options }: AuditListOptions) => {
      const client = await connect(io, options);
      const userId = user === undefined ? undefined : (await findUser(client, user)).id;
      const filter = { user: userId, ...on, action, from: since, until };
      const items = await client.list('audit', auditEventSchema, filter, options.limit);
      printListing(io, items, columns, { ...options, empty: 'No such events.' });
    });
  withClientOptions(audit.command('verify').description('check that no event was changed, removed or moved')).action(
    async (options: ClientOptions) => {
      const verdict = await (await connect(io, options)).get('audit/verify', auditVerdictSchema);
      if (!verdict.ok) context.exitCode = exitCodes.failed;
      if (options.json) printJson(io, verdict);
      else if (verdict.ok) printLine(io, `The chain holds: ${verdict.length} events, the last one ${verdict.hash}.`);
      else printLine(io, `The chain is broken at event ${verdict.brokenAt}: ${displayName(verdict.reason ?? '')}.`);
    },
  );
  withClientOptions(audit.command('export').description('every event, oldest first, as JSON Lines'))
    .option('--output <file>', 'write to this file, which must not exist yet (default: standard output)')
    .action(async ({ output, ...options }: ClientOptions & { readonly output?: string }) => {
      const client = await connect(io, options);
      const target = output === undefined ? io.stdout : createWriteStream(output, { flags: 'wx', mode: 0o600 });
      await client.download('audit/export', target);
      if (output === undefined) return;
      target.end();
      await finished(target);
    });
}

/** `job 7`, or `job` alone. */
function parseObject(text: string): AuditListOptions['on'] {
  const [objectKind = '', objectId] = text.trim().split(/\s+/, 2);
  return { objectKind, ...(objectId !== undefined && { objectId }) };
}
