import type { Command } from 'commander';
import type { AgentFlags } from '../agent-options.ts';
import type { CommandContext } from '../command-context.ts';
import { displayName } from '../display/display-name.ts';
import { printJson, printLine } from '../display/output.ts';

interface DoctorFlags extends AgentFlags {
  readonly json?: boolean;
}

const EXAMPLE = `
Example:
  ferry doctor --hub https://hub.example:7420 --token-file web-01.token --allow /srv/export:ro

Run it on the agent's machine, under the agent's account, with what ferry agent gets. It may run beside the agent.`;

/** Must come after `ferry agent`, whose options it takes: what an agent is started with can be looked at as it stands. */
export function addDoctorCommand(program: Command, context: CommandContext): void {
  const command = program.command('doctor').description('say why an agent on this machine does not connect, or copy');
  const agent = program.commands.find((each) => each.name() === 'agent');
  for (const option of agent?.options ?? []) command.addOption(option);
  command
    .option('--json', 'print JSON')
    .addHelpText('after', EXAMPLE)
    .action((flags: Partial<DoctorFlags>) => runDoctor({ allow: [], ...flags }, context));
}

async function runDoctor(flags: DoctorFlags, context: CommandContext): Promise<void> {
  const { io } = context;
  // Only this command needs these, and they need the agent's code, which takes longer to load than all the others together.
  const [{ readSubject }, { examine }, { probes }, { reportLines, summaryLine }] = await Promise.all([
    import('../doctor/subject.ts'),
    import('../doctor/examine.ts'),
    import('../doctor/probes.ts'),
    import('../doctor/report-text.ts'),
  ]);
  const subject = await readSubject(flags, io.env);
  try {
    const { reports, exitCode } = await examine(probes, subject, (report) => {
      if (!flags.json) for (const line of reportLines(report)) printLine(io, displayName(line));
    });
    if (flags.json) printJson(io, { hub: subject.hub.href, exitCode, reports });
    else printLine(io, summaryLine(reports));
    context.exitCode = exitCode;
  } finally {
    subject.sight.close();
  }
}
