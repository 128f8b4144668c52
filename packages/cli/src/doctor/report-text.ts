import type { Report } from './examine.ts';
import type { Finding } from './finding.ts';

/** A report as lines, one a finding: how it is, which probe, what it found, what to do. */
export function reportLines(report: Report): readonly string[] {
  if ('passedOverFor' in report)
    return [line('-', report.probe, `Not looked at, because of: ${report.passedOverFor}.`)];
  return report.findings.map((finding) => line(finding.level, report.probe, sentencesOf(finding)));
}

/** How it all went, in one line. */
export function summaryLine(reports: readonly Report[]): string {
  const findings = reports.flatMap((report) => ('findings' in report ? report.findings : []));
  const count = (level: Finding['level']) => findings.filter((finding) => finding.level === level).length;
  return `${count('ok')} ok, ${count('warn')} to look at, ${count('fail')} failed`;
}

function sentencesOf(finding: Finding): string {
  return finding.level === 'ok' ? finding.what : `${finding.what} ${finding.advice}`;
}

function line(level: string, probe: string, text: string): string {
  return `${level.padEnd(5)} ${probe.padEnd(10)}  ${text}`;
}
