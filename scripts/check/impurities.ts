import ts from 'typescript';

/** A place in a deciding file where it reaches for the world, or for time. Lines count from 1. */
export interface Impurity {
  readonly line: number;
  readonly what: string;
}

/** Globals that do I/O, wait, or answer differently each time they are asked. */
const forbiddenGlobals = new Set([
  'setTimeout',
  'setInterval',
  'setImmediate',
  'queueMicrotask',
  'fetch',
  'WebSocket',
  'process',
  'performance',
  'crypto',
  'console',
  'globalThis',
  'require',
]);

/** Members of otherwise pure globals that read the clock or throw dice. */
const forbiddenMembers = new Set(['Date.now', 'Math.random', 'Temporal.Now']);

/**
 * Finds what a deciding file may not contain (DESIGN.md section 2): the clock, dice, timers, I/O globals, and anything asynchronous.
 * Time and chance come in as `{now, random}`. Imports are the business of .dependency-cruiser.cjs.
 */
export function findImpurities(source: string, fileName: string): Impurity[] {
  const file = ts.createSourceFile(fileName, source, ts.ScriptTarget.ESNext, true);
  const found: Impurity[] = [];
  const visit = (node: ts.Node): void => {
    const what = impurityOf(node);
    if (what !== undefined) found.push({ line: file.getLineAndCharacterOfPosition(node.getStart()).line + 1, what });
    ts.forEachChild(node, visit);
  };
  visit(file);
  return found;
}

function impurityOf(node: ts.Node): string | undefined {
  if (node.kind === ts.SyntaxKind.AsyncKeyword) return 'async';
  if (node.kind === ts.SyntaxKind.AwaitKeyword || ts.isAwaitExpression(node)) return 'await';
  if (ts.isCallExpression(node)) {
    if (node.expression.kind === ts.SyntaxKind.ImportKeyword) return 'import()';
    if (isGlobal(node.expression, 'Date')) return 'Date()';
  }
  if (ts.isNewExpression(node)) {
    if (isGlobal(node.expression, 'Date') && !node.arguments?.length) return 'new Date() without a time';
    if (isGlobal(node.expression, 'Promise')) return 'new Promise';
  }
  if (ts.isPropertyAccessExpression(node)) {
    const member = `${node.expression.getText()}.${node.name.text}`;
    if (forbiddenMembers.has(member)) return member;
    if (isGlobal(node.expression, 'Promise')) return member;
  }
  if (ts.isIdentifier(node) && forbiddenGlobals.has(node.text) && isRead(node)) return node.text;
  return undefined;
}

function isGlobal(node: ts.Node, name: string): boolean {
  return ts.isIdentifier(node) && node.text === name;
}

/** Whether the identifier stands for a value that is used, and is not merely the name of a member, a declaration or a type. */
function isRead(node: ts.Identifier): boolean {
  const { parent } = node;
  if (ts.isPropertyAccessExpression(parent)) return parent.expression === node;
  if (ts.isShorthandPropertyAssignment(parent)) return true;
  if (ts.isTypeNode(parent) || ts.isTypeElement(parent) || ts.isImportSpecifier(parent)) return false;
  const isName = 'name' in parent && parent.name === node;
  return !isName;
}
