import { functionNameOf } from './functionName.ts';
import type { ReportNotRun } from './model.ts';
import type { ResolvedResource } from './resolveResources.ts';

/** What the readers of resources ask about the rest of the template, and where they say what is not run. */
export interface Reading {
  report: ReportNotRun;
  /** Whether an ARN is that of a queue, topic or function that is run. */
  isRun: (arn: string) => boolean;
  /** By its name or any of its ARNs. */
  runsFunction: (called: unknown) => boolean;
}

export function startReading(
  resources: ResolvedResource[],
  functionNames: string[],
  report: ReportNotRun,
): Reading {
  const functions = new Set(functionNames);
  const runsFunction = (called: unknown) => functions.has(functionNameOf(called));
  const arns = new Set(
    resources.flatMap(({ type, ref, attributes }) => {
      if (type === 'AWS::SQS::Queue') return [attributes.Arn];
      return type === 'AWS::SNS::Topic' ? [ref] : [];
    }),
  );
  return {
    report,
    runsFunction,
    isRun: (arn) => arns.has(arn) || (arn.startsWith('arn:aws:lambda:') && runsFunction(arn)),
  };
}

/** Where a record or dead letter goes; undefined, and reported, for what cannot get one here. */
export function readTarget(arn: unknown, place: string, reading: Reading): string | undefined {
  if (arn === undefined) return undefined;
  if (reading.isRun(String(arn))) return String(arn);
  reading.report(
    place,
    `nothing is sent to ${arn}: it is not a queue, topic or function of this stage`,
  );
  return undefined;
}
