import { join } from 'node:path';
import type { Children } from '../stage/children.ts';
import type { Stage } from '../stage/stage.ts';
import { compareTrees } from './compare.ts';
import { readTree } from './tree.ts';

/** What `ferry cp --json` prints, as far as it is read here. */
interface CopyReport {
  readonly run: {
    readonly state: string;
    readonly counters: { readonly filesMoved: number; readonly bytesMoved: number; readonly wireBytes: number };
    readonly startedAt?: string;
    readonly endedAt?: string;
    readonly error?: { readonly code: string; readonly message: string };
  };
  readonly failedTransfers: readonly {
    readonly source: { readonly path: string };
    readonly error?: { readonly message: string };
  }[];
  readonly issues: readonly { readonly path: string; readonly code?: string; readonly message: string }[];
}

const MIB = 2 ** 20;
/** The most lines of one kind that a person is shown. */
const MAX_LINES = 20;

/** Copies the source through the hub, then walks both trees and compares every file. True when all arrived identical. */
export async function copyAndCheck(children: Children, stage: Stage, source: string): Promise<boolean> {
  const copy = join(stage.received, 'copy');
  say(`Copying ${source} from agent "source" through the hub to agent "destination" …`);
  const began = performance.now();
  const { exitCode, stdout } = await children.run(
    ['cp', `source:${source}`, `destination:${copy}`, '--json'],
    stage.env,
  );
  const seconds = (performance.now() - began) / 1000;
  if (stdout.trim() === '') throw new Error(`ferry cp ended with exit code ${exitCode} and no report.`);
  const report = JSON.parse(stdout) as CopyReport;
  sayRun(report, seconds);

  say('Comparing both trees, SHA-256 of every file …');
  const skips = new Set(
    report.issues.filter((issue) => issue.code === undefined).map((issue) => relative(issue.path, source)),
  );
  const comparison = compareTrees(await readTree(source), await readTree(copy), skips);
  sayAll('not copied, as the run had said', comparison.skipped);
  sayAll('DIFFERENT', comparison.differences);
  const isWhole = comparison.differences.length === 0 && exitCode === 0 && report.run.state === 'completed';
  say(
    `${comparison.filesIdentical} hashes checked and equal (${mib(comparison.bytesIdentical)}), ` +
      `${comparison.skipped.length} skipped, ${comparison.differences.length} different: ${isWhole ? 'every file arrived identical.' : 'the copy is NOT whole.'}`,
  );
  return isWhole;
}

function sayRun({ run, failedTransfers }: CopyReport, seconds: number): void {
  const { filesMoved, bytesMoved, wireBytes } = run.counters;
  say(
    `Run ${run.state}: ${filesMoved} files, ${mib(bytesMoved)} in ${seconds.toFixed(1)} s, ` +
      `${mib(bytesMoved / seconds)}/s, ${mib(wireBytes)} on the wire.`,
  );
  if (run.error !== undefined) say(`  ${run.error.code}: ${run.error.message}`);
  sayAll(
    'failed',
    failedTransfers.map((transfer) => `${transfer.source.path}: ${transfer.error?.message ?? 'no reason was given'}`),
  );
}

/** Issues name a path below what was copied; an absolute one is cut to that. */
function relative(path: string, source: string): string {
  return path.startsWith(`${source}/`) ? path.slice(source.length + 1) : path.replace(/^\/+/, '');
}

function sayAll(title: string, lines: readonly string[]): void {
  // JSON spells out what would disturb a terminal.
  for (const line of lines.slice(0, MAX_LINES)) say(`  ${title}: ${JSON.stringify(line).slice(1, -1)}`);
  if (lines.length > MAX_LINES) say(`  ${title}: and ${lines.length - MAX_LINES} more`);
}

function mib(bytes: number): string {
  return `${(bytes / MIB).toFixed(1)} MiB`;
}

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}
