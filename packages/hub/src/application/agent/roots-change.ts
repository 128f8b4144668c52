import type { AllowedRoot } from '../../domain/agent/agent.ts';
import { visibleText } from '../auth/visible-text.ts';

/** Roots that are named of those that came or went; how many there were and are is always told. */
const SHOWN_ROOTS = 20;
const SHOWN_PATH_LENGTH = 256;

/** How the roots that an agent reports differ from those before, as facts for the audit chain; undefined when they do not. */
export function rootsChange(
  before: readonly AllowedRoot[],
  after: readonly AllowedRoot[],
): Readonly<Record<string, unknown>> | undefined {
  const [old, now] = [new Set(before.map(spelled)), new Set(after.map(spelled))];
  const added = [...now].filter((root) => !old.has(root));
  const removed = [...old].filter((root) => !now.has(root));
  if (added.length + removed.length === 0) return undefined;
  return { before: before.length, after: after.length, added: shown(added), removed: shown(removed) };
}

/** As on an agent's command line. */
function spelled({ path, access }: AllowedRoot): string {
  return `${path}:${access}`;
}

function shown(roots: readonly string[]): readonly string[] {
  return roots.slice(0, SHOWN_ROOTS).map((root) => visibleText(root, SHOWN_PATH_LENGTH));
}
