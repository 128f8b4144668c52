import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

const repository = join(import.meta.dirname, '..', '..');
const depcruise = join(repository, 'node_modules', 'dependency-cruiser', 'bin', 'dependency-cruise.mjs');
const config = createRequire(import.meta.url)('../../.dependency-cruiser.cjs') as { forbidden: { name: string }[] };

const face = { 'packages/engine/src/index.ts': 'export const engine = 1;', 'packages/hub/src/index.ts': 'export {};' };

/** For each rule a small tree that breaks it: file names and what is in them. */
const violations: Record<string, Record<string, string>> = {
  'domain-imports-domain': { 'packages/hub/src/domain/run/run.ts': "import '@ferryline/engine';" },
  'domain-errors-import-engine': {
    'packages/hub/src/domain/common/errors.ts': "import '../../application/run/start.ts';",
    'packages/hub/src/application/run/start.ts': 'export {};',
  },
  'domain-needs-no-library': { 'packages/hub/src/domain/run/run.ts': "import 'node:fs';" },
  'application-imports-domain': {
    'packages/hub/src/application/run/start.ts': "import '../../infrastructure/db/open.ts';",
    'packages/hub/src/infrastructure/db/open.ts': 'export {};',
  },
  'adapter-imports-inward': {
    'packages/hub/src/adapter/sql/runs.ts': "import type { Db } from '../../infrastructure/db/open.ts';",
    'packages/hub/src/infrastructure/db/open.ts': 'export interface Db {}',
  },
  'infrastructure-imports-inward': {
    'packages/hub/src/infrastructure/db/open.ts': "import '../../adapter/sql/runs.ts';",
    'packages/hub/src/adapter/sql/runs.ts': 'export {};',
  },
  'hub-main-knows-the-hub': {
    'packages/hub/src/main.ts': "import '../../agent/src/index.ts';",
    'packages/agent/src/index.ts': 'export {};',
  },
  'hub-face-is-narrow': {
    'packages/hub/src/index.ts': "import './domain/run/run.ts';",
    'packages/hub/src/domain/run/run.ts': 'export {};',
  },
  'hub-files-have-a-layer': {
    'packages/hub/src/tools/tool.ts': "import '../domain/run/run.ts';",
    'packages/hub/src/domain/run/run.ts': 'export {};',
  },
  'agent-imports-engine': { 'packages/agent/src/session/session.ts': "import '@ferryline/hub';" },
  'engine-imports-engine': { 'packages/engine/src/chunker/chunker.ts': "import '@ferryline/hub';" },
  'cli-imports-public-faces': {
    'packages/cli/src/main.ts': "import '../../hub/src/domain/run/run.ts';",
    'packages/hub/src/domain/run/run.ts': 'export {};',
  },
  'packages-stand-alone': {
    'packages/engine/src/hasher/hasher.ts': "import '../../../../test/vectors.ts';",
    'test/vectors.ts': 'export {};',
  },
  'pure-needs-no-world': {
    'packages/agent/src/source/core/pump.ts': "import { setTimeout } from 'node:timers/promises';",
  },
  'pure-takes-buffer-types-only': {
    'packages/agent/src/source/source-core.ts': "import { Buffer } from 'node:buffer';",
  },
  'pure-imports-pure': {
    'packages/hub/src/infrastructure/engine/state/hub-core.ts': "import '../relay/relay.ts';",
    'packages/hub/src/infrastructure/engine/relay/relay.ts': 'export {};',
  },
  'no-circles': {
    'packages/engine/src/hasher/a.ts': "import type { B } from './b.ts';\nexport interface A { b: B }",
    'packages/engine/src/hasher/b.ts': "import type { A } from './a.ts';\nexport interface B { a: A }",
  },
  'no-orphans': { 'packages/engine/src/hasher/forgotten.ts': 'export {};' },
  'no-unresolved': { 'packages/engine/src/hasher/hasher.ts': "import './gone.ts';" },
};

const allowed: Record<string, string> = {
  'packages/hub/src/domain/common/errors.ts': "export { engine } from '@ferryline/engine';",
  'packages/hub/src/domain/run/run.ts': "export { engine } from '../common/errors.ts';",
  'packages/hub/src/application/run/start.ts': "export { engine } from '../../domain/run/run.ts';",
  'packages/hub/src/adapter/http/runs.ts':
    "import '@ferryline/engine';\nexport * from '../../application/run/start.ts';",
  'packages/hub/src/infrastructure/engine/state/hub-core.ts':
    "import type { Buffer } from 'node:buffer';\nexport * from '../../../domain/run/run.ts';\nexport type Bytes = Buffer;",
  'packages/hub/src/main.ts': "import './adapter/http/runs.ts';\nimport './infrastructure/engine/state/hub-core.ts';",
  'packages/cli/src/main.ts': "import '@ferryline/hub';\nimport '@ferryline/engine';",
};

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'ferry-dependency-rule-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Builds the tree, each in a folder of its own, and returns the names of the rules that it breaks. */
function brokenRules(name: string, files: Record<string, string>): string[] {
  const root = join(folder, name);
  for (const [path, text] of Object.entries({ ...face, ...files })) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), text);
  }
  mkdirSync(join(root, 'node_modules', '@ferryline'), { recursive: true });
  for (const shared of ['engine', 'hub']) {
    const manifest = { name: `@ferryline/${shared}`, type: 'module', exports: './src/index.ts' };
    writeFileSync(join(root, 'packages', shared, 'package.json'), JSON.stringify(manifest));
    symlinkSync(join('..', '..', 'packages', shared), join(root, 'node_modules', '@ferryline', shared));
  }
  const rules = join(repository, '.dependency-cruiser.cjs');
  const result = spawnSync(process.execPath, [depcruise, '--config', rules, '--output-type', 'json', 'packages'], {
    cwd: root,
    encoding: 'utf8',
  });
  const report = JSON.parse(result.stdout) as { summary: { violations: { rule: { name: string } }[] } };
  return [...new Set(report.summary.violations.map((violation) => violation.rule.name))];
}

describe('the dependency rule', () => {
  test('has a violation to show for every rule', () => {
    expect(Object.keys(violations).sort()).toEqual(config.forbidden.map((rule) => rule.name).sort());
  });

  test.each(Object.keys(violations))('%s is seen', (name) => {
    expect(brokenRules(name, violations[name] ?? {})).toContain(name);
  });

  test('lets a chain through that points inward', () => {
    expect(brokenRules('allowed', allowed)).toEqual([]);
  });
});
