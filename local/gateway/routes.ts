import { decodePercent } from '../httpServer.ts';
import type { HttpApiModel } from '../template/model.ts';

export type Route = HttpApiModel['routes'][number];

/** `GET /orders/{order_id}`, `ANY /files/{path+}` or `$default`. */
interface Keyed {
  routeKey: string;
}

export interface RouteMatch<R extends Keyed = Route> {
  route: R;
  /** Undefined for a route without variables. */
  pathParameters: Record<string, string> | undefined;
}

type Router<R extends Keyed> = (method: string, path: string) => RouteMatch<R> | undefined;

interface CompiledRoute<R extends Keyed = Keyed> {
  route: R;
  /** `ANY` and `$default` match every method. */
  method: string;
  segments: Segment[];
}

interface Segment {
  kind: 'literal' | 'variable' | 'greedy';
  text: string;
}

const RANK = { literal: 0, variable: 1, greedy: 2 } as const;

/**
 * Chooses a route as API Gateway does: a full match before one with a greedy variable, both before `$default`; a route
 * of the very method before `ANY`.
 * https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-routes.html#http-api-develop-routes.evaluation
 */
export function createRouter<R extends Keyed>(routes: R[]): Router<R> {
  const fallback = routes.find(({ routeKey }) => routeKey === '$default');
  const compiled = routes
    .filter(({ routeKey }) => routeKey !== '$default')
    .map((route) => compile(route))
    .sort(bySpecificity);
  return (method, path) => {
    const segments = segmentsOf(path);
    for (const candidate of compiled) {
      if (candidate.method !== method && candidate.method !== 'ANY') continue;
      const variables = matchSegments(candidate.segments, segments);
      if (variables) return { route: candidate.route, pathParameters: asRecord(variables) };
    }
    return fallback && { route: fallback, pathParameters: undefined };
  };
}

function compile<R extends Keyed>(route: R): CompiledRoute<R> {
  const [method = 'ANY', path = '/'] = route.routeKey.split(' ');
  return { route, method, segments: segmentsOf(path).map(asSegment) };
}

const segmentsOf = (path: string): string[] => path.slice(1).split('/');

function asSegment(text: string): Segment {
  const name = /^\{([^}+]+)(\+?)\}$/.exec(text);
  if (!name) return { kind: 'literal', text };
  return { kind: name[2] ? 'greedy' : 'variable', text: name[1] as string };
}

function bySpecificity(left: CompiledRoute, right: CompiledRoute): number {
  const byGreed = Number(isGreedy(left)) - Number(isGreedy(right));
  if (byGreed !== 0) return byGreed;
  const shared = Math.min(left.segments.length, right.segments.length);
  for (let index = 0; index < shared; index += 1) {
    const byKind = rankAt(left, index) - rankAt(right, index);
    if (byKind !== 0) return byKind;
  }
  return (
    right.segments.length - left.segments.length ||
    Number(left.method === 'ANY') - Number(right.method === 'ANY')
  );
}

const rankAt = ({ segments }: CompiledRoute, index: number): number =>
  RANK[segments[index]?.kind ?? 'literal'];

const isGreedy = ({ segments }: CompiledRoute): boolean => segments.at(-1)?.kind === 'greedy';

/** The variables' values, or undefined where the path does not match. A variable takes at least one character. */
function matchSegments(pattern: Segment[], path: string[]): [string, string][] | undefined {
  if (path.length < pattern.length) return undefined;
  const variables: [string, string][] = [];
  for (const [index, segment] of pattern.entries()) {
    const given = path[index] as string;
    if (segment.kind === 'literal') {
      if (decodePercent(given) !== segment.text) return undefined;
    } else if (segment.kind === 'greedy') {
      const rest = path.slice(index).join('/');
      return rest === '' ? undefined : [...variables, [segment.text, decodePercent(rest)]];
    } else {
      if (given === '') return undefined;
      variables.push([segment.text, decodePercent(given)]);
    }
  }
  return path.length === pattern.length ? variables : undefined;
}

const asRecord = (variables: [string, string][]): Record<string, string> | undefined =>
  variables.length === 0 ? undefined : Object.fromEntries(variables);
