import { FerryError } from '@ferryline/engine';
import { type Command, Option } from 'commander';
import type { HubFlags } from '../client/hub-settings.ts';

/** What every command that talks to a hub can be told. */
export interface ClientOptions extends HubFlags {
  readonly hub?: string;
  readonly json?: boolean;
}

export interface ListOptions extends ClientOptions {
  readonly limit: number;
}

const DEFAULT_LIMIT = 50;
const MAX_LIMIT = 100_000;

export function withClientOptions(command: Command): Command {
  const withHub = command.option(
    '--hub <url>',
    'the hub to talk to (default: FERRY_HUB, else the one signed in to last)',
  );
  return withTrustOptions(withHub).option('--json', 'print JSON');
}

/** By what a hub is known whose certificate no authority of this machine made, and whether it may be plain HTTP. */
export function withTrustOptions(command: Command): Command {
  return command
    .option('--ca <file>', "PEM file with the hub's certificate authority (FERRY_CA_FILE)")
    .option('--pin <fingerprint>', "fingerprint of the hub's certificate, as the hub prints it at start (FERRY_PIN)")
    .option(
      '--insecure-http',
      'send secrets by plain HTTP to another machine, where everybody on the way can read them (FERRY_INSECURE_HTTP)',
    );
}

export function withListOptions(command: Command): Command {
  const limit = new Option('--limit <number>', 'show at most so many').argParser(parseLimit).default(DEFAULT_LIMIT);
  const all = new Option('--all', 'show all of them').implies({ limit: MAX_LIMIT });
  return withClientOptions(command).addOption(limit).addOption(all);
}

/** For `argParser` of an option that may be given several times. */
export function collect(value: string, before: readonly string[] | undefined): readonly string[] {
  return [...(before ?? []), value];
}

/** A moment as people write it, as the hub wants it. @throws FerryError VALIDATION when it is none. */
export function parseMoment(text: string): string {
  const ms = Date.parse(text);
  if (!Number.isNaN(ms)) return new Date(ms).toISOString();
  throw new FerryError('VALIDATION', `"${text}" is no time. Write it as in 2027-01-31 or 2027-01-31T12:00:00Z.`);
}

/** @throws FerryError VALIDATION when the text is no id. */
export function parseId(text: string): number {
  const id = Number(text);
  if (/^\d+$/.test(text) && Number.isSafeInteger(id) && id > 0) return id;
  throw new FerryError('VALIDATION', `"${text}" is no id: ids are whole numbers, as the listings show them.`);
}

function parseLimit(text: string): number {
  const limit = Number(text);
  if (/^\d+$/.test(text) && limit >= 1 && limit <= MAX_LIMIT) return limit;
  throw new FerryError('VALIDATION', `--limit takes a whole number from 1 to ${MAX_LIMIT}, not "${text}".`);
}
