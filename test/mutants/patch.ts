import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { parseSync } from '@swc/core';
import { isObject } from '../../common/json.ts';

/** A change to one statement, expression or property of a file of the service. */
export interface Patch {
  file: string;
  /** As code: it is found by its syntax, however the file has it formatted. */
  find: string;
  replace: string;
}

const PARENTHESES = 'ParenthesisExpression';

type Node = Record<string, unknown>;
type Place = { start: number; end: number };

/** Fails when a patch does not fit the source any more: a mutant that is not one would prove nothing. */
export function checkPatches(root: string, patches: Patch[]): void {
  for (const patch of patches)
    patchedText(readFileSync(path.join(root, patch.file), 'utf8'), patch);
}

/** Applies a patch below `root`, and gives what puts the file back. */
export function applyPatch(root: string, patch: Patch): () => void {
  const target = path.join(root, patch.file);
  const before = readFileSync(target, 'utf8');
  writeFileSync(target, patchedText(before, patch));
  return () => writeFileSync(target, before);
}

export function patchedText(source: string, { file, find, replace }: Patch): string {
  const wanted = shapeOf(soughtNode(find));
  const { nodes, base } = parsed(source);
  const found = nodes.filter((node) => shapeOf(node) === wanted);
  const [place] = found.map(placeOf);
  if (found.length !== 1 || !place)
    throw new Error(`${file} has ${found.length} places that say: ${find}`);
  const bytes = Buffer.from(source);
  const [head, tail] = [bytes.subarray(0, place.start - base), bytes.subarray(place.end - base)];
  return `${head}${replace}${tail}`;
}

/** A statement or an expression, else one of an object's properties: `429: SERVICE_UNAVAILABLE`. */
function soughtNode(code: string): Node {
  const statement = statementOf(code);
  if (statement === undefined || statement.type === 'LabeledStatement') return propertyOf(code);
  const isBare = statement.type === 'ExpressionStatement' && !code.endsWith(';');
  return isBare ? (statement.expression as Node) : statement;
}

function statementOf(code: string): Node | undefined {
  try {
    const { nodes } = parsed(`class Any { async any() { for (;;) { ${code} } } }`);
    const loops = nodes.filter(({ type }) => type === 'ForStatement') as {
      body: { stmts: Node[] };
    }[];
    return loops[0]?.body.stmts[0];
  } catch {
    return undefined;
  }
}

function propertyOf(code: string): Node {
  const { nodes } = parsed(`class Any { any() { return { ${code} } } }`);
  const objects = nodes.filter(({ type }) => type === 'ObjectExpression') as {
    properties: Node[];
  }[];
  return objects[0]?.properties[0] as Node;
}

/** Every node of a source, and where its first byte stands: swc counts on from one source to the next. */
function parsed(source: string): { nodes: Node[]; base: number } {
  const { body } = parseSync(`;${source}`, { syntax: 'typescript', target: 'es2024' });
  const nodes: Node[] = [];
  const visit = (value: unknown): void => {
    if (Array.isArray(value)) value.forEach(visit);
    else if (isObject(value)) {
      if (value.type !== undefined && value.type !== PARENTHESES) nodes.push(value);
      Object.values(value).forEach(visit);
    }
  };
  visit(body);
  return { nodes, base: placeOf(body[0] as unknown as Node).start + 1 };
}

/** What a node says, without where it stands, how its strings are quoted and in how many parentheses. */
const shapeOf = (node: unknown): string =>
  JSON.stringify(node, (key, value) => {
    if (['ctxt', 'raw'].includes(key) || isPlace(value)) return undefined;
    return isObject(value) && value.type === PARENTHESES ? value.expression : value;
  });

const isPlace = (value: unknown): value is Place =>
  isObject(value) && typeof value.start === 'number' && typeof value.end === 'number';

/** From its first part to its last, where swc does not say. */
function placeOf(node: Node): Place {
  if (isPlace(node.span)) return node.span;
  const parts = Object.values(node).filter(isObject).map(placeOf);
  return {
    start: Math.min(...parts.map(({ start }) => start)),
    end: Math.max(...parts.map(({ end }) => end)),
  };
}
