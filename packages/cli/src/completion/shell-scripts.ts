import type { CommandWords } from './command-words.ts';

export const shells = ['bash', 'zsh', 'fish'] as const;
export type Shell = (typeof shells)[number];

/** The script that makes a shell complete `ferry`. All it needs to know stands in it: completing asks nobody. */
export function completionScript(shell: Shell, commands: readonly CommandWords[]): string {
  if (shell === 'fish') return fishScript(commands);
  const zsh = 'autoload -U +X compinit && compinit\nautoload -U +X bashcompinit && bashcompinit\n';
  return `${shell === 'zsh' ? zsh : ''}${bashScript(commands)}`;
}

function bashScript(commands: readonly CommandWords[]): string {
  const known = commands.flatMap(({ after }) => (after === '' ? [] : `"${after}"`)).join('|');
  const cases = commands.map(({ after, words }) => `    "${after}") words="${words.join(' ')}" ;;`).join('\n');
  return `# ferry completion bash: put "source <(ferry completion bash)" into ~/.bashrc
_ferry() {
  local word words after=""
  for word in "\${COMP_WORDS[@]:1:COMP_CWORD-1}"; do
    case "\${after:+$after }$word" in
      ${known}) after="\${after:+$after }$word" ;;
    esac
  done
  case "$after" in
${cases}
  esac
  COMPREPLY=($(compgen -W "$words" -- "\${COMP_WORDS[COMP_CWORD]}"))
}
complete -o default -F _ferry ferry
`;
}

function fishScript(commands: readonly CommandWords[]): string {
  const cases = commands
    .map(({ after, words }) => `    case '${after}'\n      string split ' ' -- '${words.join(' ')}'`)
    .join('\n');
  const known = commands.flatMap(({ after }) => (after === '' ? [] : `'${after}'`)).join(' ');
  return `# ferry completion fish: put "ferry completion fish | source" into ~/.config/fish/config.fish
function __ferry_words
  set -l after ''
  for word in (commandline -opc)[2..-1]
    set -l next (string trim -- "$after $word")
    if contains -- "$next" ${known}
      set after $next
    end
  end
  switch "$after"
${cases}
  end
end
complete -c ferry -f -a '(__ferry_words)'
`;
}
