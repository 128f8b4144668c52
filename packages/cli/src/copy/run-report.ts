import { type ErrorCode, type ExitCode, errorCodes, exitCodes } from '@ferryline/engine';
import type { HubClient } from '../client/hub-client.ts';
import type { IssueResource, RunResource, TransferResource } from '../client/resources.ts';
import { displayName } from '../display/display-name.ts';
import { displayBytes, displayCount, displayRate, displaySeconds } from '../display/quantity.ts';

/** The most that a report fetches of each list; what is beyond stays at the hub. */
const MAX_FETCHED = 10_000;
/** The most that a report shows of each list to a person. */
const MAX_SHOWN = 50;

/** How a run ended, with everything that did not go well. */
export interface RunReport {
  readonly run: RunResource;
  readonly failedTransfers: readonly TransferResource[];
  readonly issues: readonly IssueResource[];
}

export async function fetchReport(client: HubClient, run: RunResource): Promise<RunReport> {
  const { filesFailed, filesSkipped } = run.counters;
  // A clean run needs no further question; directories that failed are counted nowhere, but make it partial.
  if (run.state === 'completed' && filesFailed + filesSkipped === 0) return { run, failedTransfers: [], issues: [] };
  const [failedTransfers, issues] = await Promise.all([
    client.transfers({ run: run.id, status: 'failed' }, MAX_FETCHED),
    client.issues(run.id, MAX_FETCHED),
  ]);
  return { run, failedTransfers, issues };
}

/** What `ferry cp` ends with (DESIGN.md section 6): a failed run ends with the exit code of its error. */
export function exitCodeOf(run: RunResource): ExitCode {
  if (run.state === 'completed') return exitCodes.ok;
  if (run.state === 'partial') return exitCodes.partial;
  const code = run.error?.code;
  return run.state === 'failed' && isErrorCode(code) ? errorCodes[code].exitCode : exitCodes.failed;
}

/** The report for people, a line an item. */
export function reportLines(report: RunReport): string[] {
  const { run, failedTransfers, issues } = report;
  const failures = failedTransfers.map((transfer) =>
    problemLine(transfer.source.path, transfer.error?.code, transfer.error?.message ?? 'no reason was given'),
  );
  const failedIssues = issues.filter((issue) => issue.code !== undefined);
  const skipped = issues.filter((issue) => issue.code === undefined);
  return [
    summaryLine(run),
    ...runErrorLines(report),
    ...section(run.id, 'failed', [
      ...failures,
      ...failedIssues.map((issue) => problemLine(issue.path, issue.code, issue.message)),
    ]),
    ...section(
      run.id,
      'skipped',
      skipped.map((issue) => problemLine(issue.path, undefined, issue.message)),
    ),
  ];
}

/** Why the run ended as it did, unless the list of what failed says the same. */
function runErrorLines({ run: { error }, failedTransfers, issues }: RunReport): string[] {
  if (error === undefined) return [];
  const isListed = [...failedTransfers.map((transfer) => transfer.error), ...issues].some(
    (each) => each?.code === error.code && each.message === error.message,
  );
  return isListed ? [] : [`  ${displayName(error.code)}: ${displayName(error.message)}`];
}

function summaryLine(run: RunResource): string {
  const { filesMoved, filesSkipped, filesFailed, bytesMoved } = run.counters;
  const seconds = secondsOf(run);
  const took = seconds === undefined ? '' : ` in ${displaySeconds(seconds)}`;
  const rate =
    seconds === undefined || seconds <= 0 || bytesMoved === 0 ? '' : ` (${displayRate(bytesMoved / seconds)})`;
  return (
    `Run ${run.id} ${displayName(run.state)}: ${displayCount(filesMoved, 'file')}, ${displayBytes(bytesMoved)}${took}${rate}, ` +
    `${filesSkipped} skipped, ${filesFailed} failed`
  );
}

/** From when the run began until it ended, by the hub's clock. */
export function secondsOf(run: RunResource): number | undefined {
  if (run.startedAt === undefined || run.endedAt === undefined) return undefined;
  return (Date.parse(run.endedAt) - Date.parse(run.startedAt)) / 1000;
}

function section(runId: number, title: string, lines: readonly string[]): string[] {
  if (lines.length === 0) return [];
  const more =
    lines.length > MAX_SHOWN
      ? [`  and ${lines.length - MAX_SHOWN} more (ferry runs show ${runId} --json lists them)`]
      : [];
  return [`${title}:`, ...lines.slice(0, MAX_SHOWN), ...more];
}

function problemLine(path: string, code: string | undefined, message: string): string {
  return `  ${displayName(path)}: ${code === undefined ? '' : `${displayName(code)}: `}${displayName(message)}`;
}

function isErrorCode(code: string | undefined): code is ErrorCode {
  return code !== undefined && Object.hasOwn(errorCodes, code);
}
