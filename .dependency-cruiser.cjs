// The rule of the house (DESIGN.md section 2): dependencies point inward. Each rule forbids; what no rule names is allowed.
// test/house/dependency-rule.test.ts shows each of them a violation.
const { join } = require('node:path');
const pureFiles = require('./scripts/check/pure-files.json');

const TESTS = '\\.test\\.ts$';
const ENGINE = '^packages/engine/src/index\\.ts$';
const PUBLIC_FACES = '^packages/((hub|agent|engine)/src/index|agent/src/dial)\\.ts$';

/** Files under `from` may import, of our own files, only those that match one of `allowed`. */
function only(name, comment, from, allowed, except = []) {
  return {
    name,
    comment,
    severity: 'error',
    from: { path: from, pathNot: except },
    to: { path: '^(packages|test|bench|scripts)/', pathNot: allowed },
  };
}

/** @type {import('dependency-cruiser').IConfiguration} */
module.exports = {
  forbidden: [
    only(
      'domain-imports-domain',
      'The domain imports nothing of ours but the domain; its error vocabulary is the one thing it takes from the engine.',
      '^packages/hub/src/domain/',
      ['^packages/hub/src/domain/'],
      ['^packages/hub/src/domain/common/errors\\.ts$'],
    ),
    only(
      'domain-errors-import-engine',
      'domain/common/errors.ts hands on the error vocabulary of the engine, and imports nothing else.',
      '^packages/hub/src/domain/common/errors\\.ts$',
      ['^packages/hub/src/domain/', ENGINE],
    ),
    {
      name: 'domain-needs-no-library',
      comment: 'Entities and rules are plain TypeScript: no library and no Node module in the domain.',
      severity: 'error',
      from: { path: '^packages/hub/src/domain/', pathNot: TESTS },
      to: { pathNot: '^packages/' },
    },
    only(
      'application-imports-domain',
      'Use cases know the domain and each other; they reach the world through ports.',
      '^packages/hub/src/application/',
      ['^packages/hub/src/(domain|application)/'],
      [TESTS],
    ),
    only(
      'adapter-imports-inward',
      'An adapter knows application, domain and engine, never the infrastructure beside it.',
      '^packages/hub/src/adapter/',
      ['^packages/hub/src/(domain|application|adapter)/', ENGINE],
      [TESTS],
    ),
    only(
      'infrastructure-imports-inward',
      'Infrastructure knows application, domain and engine, never the adapters beside it.',
      '^packages/hub/src/infrastructure/',
      ['^packages/hub/src/(domain|application|infrastructure)/', ENGINE],
    ),
    only(
      'hub-main-knows-the-hub',
      'The composition root knows everybody in the hub, and of the rest only the engine.',
      '^packages/hub/src/main(\\.test)?\\.ts$',
      ['^packages/hub/', ENGINE],
    ),
    only(
      'hub-face-is-narrow',
      "The hub's public face shows main and the configuration.",
      '^packages/hub/src/index\\.ts$',
      ['^packages/hub/src/main\\.ts$', '^packages/hub/src/infrastructure/config/'],
    ),
    {
      name: 'hub-files-have-a-layer',
      comment: 'A file of the hub lies in a layer; only main.ts and index.ts stand beside them.',
      severity: 'error',
      from: {
        path: '^packages/hub/src/',
        pathNot: '^packages/hub/src/((domain|application|adapter|infrastructure)/|(main(\\.test)?|index)\\.ts$)',
      },
      to: {},
    },
    only('agent-imports-engine', 'Agent and hub share only the engine.', '^packages/agent/', [
      '^packages/agent/',
      ENGINE,
    ]),
    only('engine-imports-engine', 'The engine imports nothing of ours.', '^packages/engine/', ['^packages/engine/']),
    only('cli-imports-public-faces', 'The CLI uses the other packages through their index.ts.', '^packages/cli/', [
      '^packages/cli/',
      PUBLIC_FACES,
    ]),
    {
      name: 'packages-stand-alone',
      comment: 'What is shipped does not need what tests, measures or checks it.',
      severity: 'error',
      from: { path: '^packages/' },
      to: { path: '^(test|bench|scripts)/' },
    },
    {
      name: 'pure-needs-no-world',
      comment: 'The deciding parts do no I/O: no Node module and no library; of node:buffer its types.',
      severity: 'error',
      from: { path: pureFiles.pattern, pathNot: pureFiles.exceptPattern },
      to: { pathNot: ['^packages/', '^(node:)?buffer$'] },
    },
    {
      name: 'pure-takes-buffer-types-only',
      comment: 'The deciding parts know bytes as a type.',
      severity: 'error',
      from: { path: pureFiles.pattern, pathNot: pureFiles.exceptPattern },
      to: { path: '^(node:)?buffer$', dependencyTypesNot: ['type-only'] },
    },
    {
      name: 'pure-imports-pure',
      comment: 'The deciding parts lean on the domain, on the engine and on each other, not on the shells around them.',
      severity: 'error',
      from: { path: pureFiles.pattern, pathNot: pureFiles.exceptPattern },
      to: { path: '^packages/', pathNot: [pureFiles.pattern, '^packages/hub/src/domain/', '^packages/engine/'] },
    },
    {
      name: 'no-circles',
      comment: 'Two files that need each other are one file, or a third is missing.',
      severity: 'error',
      from: {},
      to: { circular: true },
    },
    {
      name: 'no-orphans',
      comment: 'A file that nobody imports and that imports nobody is left over, unless it is where something starts.',
      severity: 'error',
      from: {
        orphan: true,
        pathNot: ['^packages/[^/]+/src/(index|main)\\.ts$', '^packages/cli/bin/', '^(test|bench|scripts)/', TESTS],
      },
      to: {},
    },
    {
      name: 'no-unresolved',
      comment: 'An import that leads nowhere hides from every rule above.',
      severity: 'error',
      from: {},
      to: { couldNotResolve: true },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    // Types are dependencies too: an import of a type ties two files together as much as any other.
    tsPreCompilationDeps: true,
    tsConfig: { fileName: join(__dirname, 'tsconfig.json') },
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'node', 'types', 'default'],
      extensions: ['.ts', '.mjs', '.js', '.cjs', '.json', '.d.ts'],
    },
  },
};
