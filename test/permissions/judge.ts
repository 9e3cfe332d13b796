import type { PolicyDocument } from './policies.ts';
import type { Call, Calls } from './recording.ts';

/** Actions that are allowed on `*`, with the reason. */
const EVERY_RESOURCE: Record<string, string> = {
  'xray:PutTraceSegments': 'X-Ray has no narrower resource',
  'xray:PutTelemetryRecords': 'X-Ray has no narrower resource',
};

/** What a role allows: one action on one resource each, either with wildcards. */
export const grantsIn = (documents: PolicyDocument[]): Call[] =>
  documents.flatMap(({ Statement }) =>
    Statement.flatMap(({ Effect, Action, Resource }) => {
      if (Effect !== 'Allow') throw new Error(`only Allow is understood, not ${Effect}`);
      const resources = [Resource].flat();
      return [Action]
        .flat()
        .flatMap((action) => resources.map((resource) => ({ action, resource })));
    }),
  );

/** A line for each call that a function makes and may not, and for each that it may and does not make. */
export function judgePermissions(
  policies: Record<string, PolicyDocument[]>,
  calls: Calls,
): string[] {
  return Object.entries(policies).flatMap(([key, documents]) => {
    const granted = grantsIn(documents);
    const made = calls[key] ?? [];
    const told = (verb: string, end: string) => (call: Call) =>
      `${key} ${verb} ${call.action} on ${call.resource}, ${end}`;
    return [
      ...made
        .filter((call) => !granted.some((grant) => allows(grant, call)))
        .map(told('calls', 'and may not')),
      ...granted
        .filter((grant) => !made.some((call) => allows(grant, call)))
        .map(told('may call', 'and never does')),
      ...granted
        .filter(({ action }) => action.includes('*'))
        .map(told('may call', 'which is more than one action')),
      ...granted
        .filter(({ action, resource }) => resource === '*' && !(action in EVERY_RESOURCE))
        .map(told('may call', 'and no reason is given for the *')),
    ];
  });
}

const allows = (grant: Call, call: Call): boolean =>
  covers(grant.action.toLowerCase(), call.action.toLowerCase()) &&
  covers(grant.resource, call.resource);

const covers = (pattern: string, text: string): boolean => {
  const escaped = pattern.replaceAll(/[.+^${}()|[\]\\]/g, '\\$&');
  return new RegExp(`^${escaped.replaceAll('*', '.*').replaceAll('?', '.')}$`).test(text);
};
