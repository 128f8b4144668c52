import { FerryError } from '@ferryline/engine';
import { type Command, Option } from 'commander';
import { parseCopyEnd } from '../copy/endpoint.ts';
import { type ClientOptions, collect } from './client-options.ts';

/** What a job can be told, when it is made and when it is changed. */
export interface JobOptions extends ClientOptions {
  readonly from?: string;
  readonly to?: string;
  readonly type?: string;
  readonly include?: readonly string[];
  readonly exclude?: readonly string[];
  /** false for `--no-schedule`. */
  readonly schedule?: boolean;
  readonly cron?: string;
  readonly timeZone?: string;
  readonly overlap?: string;
  readonly missed?: string;
  readonly compression?: string;
  readonly existing?: string;
  readonly maxRetries?: number;
  readonly deadline?: number;
}

export function withJobOptions(command: Command): Command {
  return command
    .option('--from <end>', 'what is copied: AGENT:/path')
    .option('--to <end>', 'where it goes: AGENT:/path; with a slash at the end: into it, under its own name')
    .addOption(
      new Option(
        '--type <type>',
        'push: all that the source has; pull: only what the destination does not hold',
      ).choices(['push', 'pull']),
    )
    .option('--include <pattern>', 'only what this glob pattern matches; may be repeated', collect)
    .option('--exclude <pattern>', 'not what this glob pattern matches; may be repeated', collect)
    .option('--cron <line>', 'when it runs by itself, as in "30 2 * * 1-5"')
    .option('--time-zone <zone>', 'the time zone of --cron, as in Europe/Berlin (default: that of this machine)')
    .addOption(new Option('--overlap <policy>', 'when the last run is still under way').choices(['skip', 'queue']))
    .addOption(new Option('--missed <policy>', 'about times when the hub was away').choices(['skip', 'once']))
    .addOption(new Option('--compression <kind>', 'on the way').choices(['auto', 'none', 'zstd', 'lz4']))
    .addOption(new Option('--existing <policy>', 'when a file is there already').choices(['replace', 'fail']))
    .addOption(
      new Option('--max-retries <number>', 'how often a file may start over').argParser((text) =>
        wholeNumber('--max-retries', text),
      ),
    )
    .addOption(deadlineOption());
}

/** What the options say of a job, as the hub wants it; what was not given is left out. */
export function jobBody(options: JobOptions): Record<string, unknown> {
  const { from, to, type, include, exclude } = options;
  const schedule = scheduleBody(options);
  const rules = ruleBody(options);
  return {
    ...(type && { type }),
    ...(from !== undefined && { source: parseCopyEnd(from) }),
    ...(to !== undefined && { destination: parseCopyEnd(to) }),
    ...(include && { include }),
    ...(exclude && { exclude }),
    ...(Object.keys(rules).length > 0 && { options: rules }),
    ...(schedule !== undefined && { schedule }),
  };
}

/** By when a run must be done, in seconds after its start. */
export function deadlineOption(): Option {
  return new Option('--deadline <seconds>', 'fail what is not done so long after its start').argParser((text) =>
    wholeNumber('--deadline', text),
  );
}

function ruleBody({ compression, existing, maxRetries, deadline }: JobOptions): Record<string, unknown> {
  return {
    ...(compression && { compression }),
    ...(existing && { existing }),
    ...(maxRetries !== undefined && { maxRetries }),
    ...(deadline !== undefined && { deadlineSeconds: deadline }),
  };
}

function scheduleBody({ schedule, cron, timeZone, overlap, missed }: JobOptions): object | null | undefined {
  if (schedule === false) return null;
  if (cron === undefined) {
    if (timeZone ?? overlap ?? missed) {
      throw new FerryError('VALIDATION', '--time-zone, --overlap and --missed say more about --cron: give that too.');
    }
    return undefined;
  }
  const zone = timeZone ?? Intl.DateTimeFormat().resolvedOptions().timeZone;
  return { cron, timeZone: zone, ...(overlap && { overlap }), ...(missed && { missed }) };
}

function wholeNumber(flag: string, text: string): number {
  if (/^\d{1,7}$/.test(text)) return Number(text);
  throw new FerryError('VALIDATION', `${flag} takes a whole number, not "${text}".`);
}
