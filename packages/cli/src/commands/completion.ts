import { Argument, type Command } from 'commander';
import type { CommandContext } from '../command-context.ts';
import { commandWords } from '../completion/command-words.ts';
import { completionScript, type Shell, shells } from '../completion/shell-scripts.ts';

export function addCompletionCommand(program: Command, { io }: CommandContext): void {
  program
    .command('completion')
    .description('print what makes a shell complete ferry, as in: source <(ferry completion bash)')
    .addArgument(new Argument('<shell>', 'which shell').choices(shells))
    .action((shell: Shell) => {
      io.stdout.write(completionScript(shell, commandWords(program)));
    });
}
