import path from 'node:path';
import { isObject } from '../../common/json.ts';
import { readNodeOptions } from '../lambda/functions/nodeOptions.ts';
import { functionNameOf } from './functionName.ts';
import type { AsyncInvocationModel, FunctionModel, LoggingModel, ReportNotRun } from './model.ts';
import { type Reading, readTarget } from './reading.ts';
import type { ResolvedResource } from './resolveResources.ts';

/** Whether a function can be run here: zips for Node.js are, images and other runtimes are not. */
export function canRun({ logicalId, properties }: ResolvedResource, report: ReportNotRun): boolean {
  const { Code: code, Runtime: runtime } = properties;
  const what = `${logicalId} (AWS::Lambda::Function)`;
  const isZip = isObject(code) && typeof code.S3Key === 'string';
  if (!isZip) report(what, 'only zip packages are run; what would invoke it is left out');
  else if (!/^nodejs\d/.test(String(runtime)))
    report(what, `the runtime "${runtime}" is not run; what would invoke it is left out`);
  else return true;
  return false;
}

export function readFunction(
  resource: ResolvedResource,
  folder: string,
  keyPrefix: string,
  reading: Reading,
): FunctionModel {
  const { properties, logicalId } = resource;
  const code = properties.Code as { S3Key: string };
  const deadLetter = isObject(properties.DeadLetterConfig) ? properties.DeadLetterConfig : {};
  const environment = isObject(properties.Environment) ? properties.Environment.Variables : {};
  const reserved = properties.ReservedConcurrentExecutions;
  reportDifferences(resource, reading.report);
  reportVariables(logicalId, environment, reading.report);
  return {
    logicalId,
    key: resource.ref.replace(keyPrefix, ''),
    name: resource.ref,
    arn: resource.attributes.Arn ?? '',
    handler: String(properties.Handler),
    runtime: String(properties.Runtime),
    zipPath: path.join(folder, path.basename(code.S3Key)),
    timeoutSeconds: Number(properties.Timeout ?? 3),
    memoryMb: Number(properties.MemorySize ?? 128),
    logging: readLogging(properties.LoggingConfig),
    environment: Object.fromEntries(
      Object.entries(environment ?? {}).map(([name, value]) => [name, String(value)]),
    ),
    reservedConcurrency: reserved === undefined ? undefined : Number(reserved),
    deadLetterArn: readTarget(deadLetter.TargetArn, `${logicalId}.DeadLetterConfig`, reading),
    described: Object.fromEntries(
      DESCRIBED.flatMap((name) =>
        properties[name] === undefined ? [] : [[name, properties[name]]],
      ),
    ),
  };
}

const DESCRIBED = ['Description', 'Role', 'Architectures', 'TracingConfig'];

/** What a function's variables ask for and is not done here. */
function reportVariables(logicalId: string, environment: unknown, report: ReportNotRun): void {
  for (const [name, value] of Object.entries(environment ?? {})) {
    const what = `${logicalId}.Environment.${name}`;
    const url = URL.parse(/https?:\/\/[^\s"']+/.exec(String(value))?.[0] ?? '');
    if (url && !LOOPBACK.test(url.hostname))
      report(what, `requests to ${url.host} leave this machine`);
    if (name === 'AWS_LAMBDA_EXEC_WRAPPER') report(what, 'the function starts without its wrapper');
  }
  const { NODE_OPTIONS: options } = (environment ?? {}) as Record<string, unknown>;
  const { notApplied } = readNodeOptions(String(options ?? ''));
  if (notApplied.length > 0)
    report(`${logicalId}.Environment.NODE_OPTIONS`, `${notApplied.join(' ')} is not applied`);
}

const LOOPBACK = /^(localhost|127(\.\d+){3}|\[::1\])$/;

function reportDifferences({ properties }: ResolvedResource, report: ReportNotRun): void {
  const { Runtime: runtime, LoggingConfig: logging } = properties;
  if (Number(/\d+/.exec(String(runtime))?.[0]) < 24)
    report(
      `AWS::Lambda::Function Runtime ${runtime}`,
      `runs on this machine's Node.js ${process.versions.node}`,
    );
  const { isJson, applicationLevel } = readLogging(logging);
  if (isJson && !['TRACE', 'DEBUG'].includes(applicationLevel))
    report('AWS::Lambda::Function LoggingConfig', 'lines below the application level are kept');
}

function readLogging(config: unknown): LoggingModel {
  const { LogFormat, ApplicationLogLevel, SystemLogLevel } = isObject(config) ? config : {};
  return {
    isJson: LogFormat === 'JSON',
    applicationLevel: String(ApplicationLogLevel ?? 'INFO'),
    systemLevel: String(SystemLogLevel ?? 'INFO'),
  };
}

/** Defaults: https://docs.aws.amazon.com/lambda/latest/api/API_PutFunctionEventInvokeConfig.html */
export function readAsyncInvocation(
  { logicalId, properties }: ResolvedResource,
  reading: Reading,
): AsyncInvocationModel | undefined {
  if (!reading.runsFunction(properties.FunctionName)) return undefined;
  const qualifier = properties.Qualifier ?? '$LATEST';
  if (qualifier !== '$LATEST')
    reading.report(
      `${logicalId}.Qualifier`,
      `"${qualifier}" is the function itself: the settings hold for each of its asynchronous invocations`,
    );
  const destinations = isObject(properties.DestinationConfig) ? properties.DestinationConfig : {};
  const targetOf = (destination: unknown) =>
    isObject(destination)
      ? readTarget(destination.Destination, `${logicalId}.DestinationConfig`, reading)
      : undefined;
  return {
    functionName: functionNameOf(properties.FunctionName),
    maximumRetryAttempts: Number(properties.MaximumRetryAttempts ?? 2),
    maximumEventAgeSeconds: Number(properties.MaximumEventAgeInSeconds ?? 21_600),
    onFailureArn: targetOf(destinations.OnFailure),
    onSuccessArn: targetOf(destinations.OnSuccess),
  };
}
