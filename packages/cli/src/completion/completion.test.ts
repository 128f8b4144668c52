import { execFileSync } from 'node:child_process';
import { PassThrough } from 'node:stream';
import { describe, expect, test } from 'vitest';
import { buildProgram } from '../program.ts';
import { commandWords } from './command-words.ts';
import { completionScript } from './shell-scripts.ts';

const io = { env: {}, stdin: new PassThrough(), stdout: new PassThrough(), stderr: new PassThrough() };
const commands = commandWords(buildProgram({ io, exitCode: 0 }));

/** What bash offers for a line, by running bash. */
function completed(...typed: readonly string[]): readonly string[] {
  const line = typed.map((word) => `'${word}'`).join(' ');
  const script = `${completionScript('bash', commands)}
COMP_WORDS=(ferry ${line}); COMP_CWORD=${typed.length}; _ferry; printf '%s\\n' "\${COMPREPLY[@]}"`;
  const offered = execFileSync('bash', ['--norc', '-c', script], { encoding: 'utf8' });
  return offered.split('\n').filter((word) => word !== '');
}

describe('completion in bash', () => {
  test('offers commands, those below them, and options', () => {
    expect(completed('ru')).toEqual(['runs', 'run']);
    expect(completed('runs', 're')).toEqual(['retry']);
    expect(completed('jobs', 'create', 'nightly', '--cr')).toEqual(['--cron']);
    expect(completed('cp', 'web-01:/srv', '--js')).toEqual(['--json']);
    expect(completed('nonsense-that-nobody-knows', 'age')).toEqual(['agents', 'agent']);
  });

  test('is a script without mistakes', () => {
    for (const shell of ['bash', 'zsh'] as const) {
      execFileSync('bash', ['-n'], { input: completionScript(shell, commands) });
    }
  });

  test('knows every command that does something', () => {
    const offered = commands.map(({ after }) => after);

    expect(offered).toEqual(
      expect.arrayContaining(['jobs create', 'audit verify', 'agents share', 'completion', 'ls']),
    );
  });
});
