import type { Command } from 'commander';

/** What can follow on a command line: after these commands, these words. */
export interface CommandWords {
  /** What was typed after `ferry`, as in `jobs create`; empty for `ferry` alone. */
  readonly after: string;
  readonly words: readonly string[];
}

/** Every command of a program with what can follow it: commands below it, and its options. */
export function commandWords(command: Command, after = ''): readonly CommandWords[] {
  const children = command.commands.filter((child) => child.name() !== 'help');
  const options = command.options.flatMap(({ long }) => long ?? []);
  const words = [...children.map((child) => child.name()), ...options, '--help'];
  const below = children.flatMap((child) => commandWords(child, `${after} ${child.name()}`.trim()));
  return [{ after, words: [...new Set(words)] }, ...below];
}
