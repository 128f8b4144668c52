import { type ExitCode, exitCodes } from '@ferryline/engine';
import { type Finding, fail, failed } from './finding.ts';
import type { Probe } from './probe.ts';
import type { Subject } from './subject.ts';

/** Longer than anything takes that an agent would wait for. */
const DEADLINE_MS = 10_000;

/** What one probe found; of one that was passed over, which other failed. */
export type Report =
  | { readonly probe: string; readonly findings: readonly Finding[] }
  | { readonly probe: string; readonly passedOverFor: string };

export interface Examination {
  readonly reports: readonly Report[];
  /** Of all failures the one that must be put right first: that the hub is out of reach, or denies. */
  readonly exitCode: ExitCode;
}

/**
 * Runs the probes one after the other, each as long as its deadline and whatever became of those before, but for those that it needs.
 * Never throws.
 *
 * @param onReport hears of each as it ends
 */
export async function examine(
  probes: readonly Probe[],
  subject: Subject,
  onReport: (report: Report) => void,
  deadlineMs = DEADLINE_MS,
): Promise<Examination> {
  const reports: Report[] = [];
  const missing = new Set<string>();
  let exitCode: ExitCode = exitCodes.ok;
  for (const probe of probes) {
    const needed = probe.needs.find((name) => missing.has(name));
    const report: Report =
      needed === undefined
        ? { probe: probe.name, findings: await findingsOf(probe, subject, deadlineMs) }
        : { probe: probe.name, passedOverFor: needed };
    if (isMissing(report)) missing.add(probe.name);
    if (hasFailed(report)) exitCode = moreUrgent(exitCode, probe.failsWith);
    reports.push(report);
    onReport(report);
  }
  return { reports, exitCode };
}

async function findingsOf(probe: Probe, subject: Subject, deadlineMs: number): Promise<readonly Finding[]> {
  const late = Promise.withResolvers<readonly Finding[]>();
  const timer = setTimeout(() => {
    const what = `No answer came within ${deadlineMs / 1000} s.`;
    late.resolve([fail(what, 'Look for what keeps it: a network without a way back, or a file system that hangs.')]);
  }, deadlineMs);
  try {
    return await Promise.race([probe.run(subject), late.promise]);
  } catch (thrown) {
    return [failed(thrown)];
  } finally {
    clearTimeout(timer);
  }
}

function isMissing(report: Report): boolean {
  return 'passedOverFor' in report || hasFailed(report);
}

function hasFailed(report: Report): boolean {
  return 'findings' in report && report.findings.some(({ level }) => level === 'fail');
}

function moreUrgent(one: ExitCode, other: ExitCode): ExitCode {
  return one === exitCodes.denied || other === exitCodes.denied ? exitCodes.denied : other;
}
