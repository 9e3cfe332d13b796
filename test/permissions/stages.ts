import { readFileSync } from 'node:fs';
import path from 'node:path';
import type { Template } from '../../local/template/resolve.ts';
import { judgePermissions } from './judge.ts';
import { lambdaCallsOf, type PolicyDocument, placeOf, policiesOf } from './policies.ts';
import type { Call, Calls } from './recording.ts';

/** The parameters that change what a function may do. */
export const STAGES: Record<string, Record<string, string>> = {
  plain: {},
  'stock and tracing': { STOCK: 'on', TRACING: 'on' },
};

/** Where the recorded calls of each of these stages are. */
export const RECORDED = 'test/permissions/calls.json';

export type Recorded = Record<string, Calls>;

export const readRecorded = (): Recorded =>
  JSON.parse(readFileSync(path.resolve(import.meta.dirname, '../..', RECORDED), 'utf8'));

export interface Permissions {
  policies: Record<string, PolicyDocument[]>;
  /** Recorded of the functions, and documented of Lambda. */
  calls: Calls;
}

export function permissionsOf(template: Template, recorded: Calls): Permissions {
  const place = placeOf('local');
  const own = Object.entries(lambdaCallsOf(template, place));
  const calls = own.map(([key, byLambda]): [string, Call[]] => [
    key,
    [...(recorded[key] ?? []), ...byLambda],
  ]);
  return { policies: policiesOf(template, place), calls: Object.fromEntries(calls) };
}

export const faultsOf = ({ policies, calls }: Permissions): string[] =>
  judgePermissions(policies, calls);
