import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import type { Command } from 'commander';
import { describe, expect, test } from 'vitest';
import { buildProgram } from '../../packages/cli/src/program.ts';
import { hubSettings, knownVariables } from '../../packages/hub/src/infrastructure/config/settings.ts';

const page = (name: string): string => readFileSync(join(import.meta.dirname, '..', '..', 'docs', name), 'utf8');

const io = { env: {}, stdin: new PassThrough(), stdout: new PassThrough(), stderr: new PassThrough() };

/** Every command that does something itself, by what a person types. */
function commandsOf(command: Command, typed: string): [typed: string, command: Command][] {
  if (command.commands.length === 0) return [[typed, command]];
  return command.commands.flatMap((child) => commandsOf(child, `${typed} ${child.name()}`));
}

const commands = commandsOf(buildProgram({ io, exitCode: 0 }), 'ferry');
const flagsOf = (command: Command): string[] => command.options.map((option) => option.long ?? option.flags);

describe('docs/configuration.md', () => {
  const text = page('configuration.md');

  test.each(Object.entries(hubSettings))('describes %s and %s in one row', (setting, variable) => {
    const row = text.split('\n').find((line) => line.includes(`\`${setting}\` |`));
    expect(row).toContain(`\`${variable}\``);
  });

  test.each(knownVariables)('names %s', (variable) => {
    expect(text).toContain(`\`${variable}\``);
  });

  test.each(['ferry hub', 'ferry agent'])('names every flag of %s', (typed) => {
    const flags = commands.filter(([name]) => name === typed).flatMap(([, command]) => flagsOf(command));
    expect(flags.length).toBeGreaterThan(0);
    expect(flags.filter((flag) => !text.includes(`\`${flag}\``))).toEqual([]);
  });
});

describe('docs/cli.md', () => {
  const text = page('cli.md');

  test.each(commands)('has %s in a heading, and its flags', (typed, command) => {
    const headings = text.split('\n').filter((line) => line.startsWith('### '));
    expect(headings.filter((line) => new RegExp(`${typed}(,|$)`).test(line))).toHaveLength(1);
    expect(flagsOf(command).filter((flag) => !text.includes(flag))).toEqual([]);
  });
});
