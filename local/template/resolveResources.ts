import { isObject } from '../../common/json.ts';
import { isLookedUp } from './deployRules/rule.ts';
import type { ReportNotRun } from './model.ts';
import {
  type Template,
  TemplateError,
  type TemplateResolver,
  type TemplateResource,
} from './resolve.ts';
import { namesThatRun, reportNotRun } from './supportedResources.ts';

/** A resource that is run, with its properties resolved. */
export interface ResolvedResource {
  logicalId: string;
  type: string;
  ref: string;
  attributes: Record<string, string>;
  properties: Record<string, unknown>;
}

/** Resolves the resources that are run. One that cannot be resolved is reported, and the others are run without it. */
export function resolveResources(
  { Resources }: Template,
  resolver: TemplateResolver,
  report: ReportNotRun,
): ResolvedResource[] {
  return Object.entries(Resources).flatMap(([logicalId, resource]) => {
    const { Type: type, Condition: condition } = resource;
    const found = attempt(
      () => {
        if (!resolver.isPresent(condition, `Resources.${logicalId}`)) return [];
        reportNotRun(logicalId, resource, report);
        if (namesThatRun(type) === undefined) return [];
        const properties = resolveProperties(logicalId, resource, resolver, report);
        const identity = resolver.identityOf(logicalId, `Resources.${logicalId}`);
        return [{ logicalId, type, ...identity, properties }];
      },
      (fault) => report(`${logicalId} (${type})`, fault),
    );
    return found ?? [];
  });
}

/** The result, or undefined after a fault of the template. */
export function attempt<T>(resolve: () => T, onFault: (fault: string) => void): T | undefined {
  try {
    return resolve();
  } catch (error) {
    if (!(error instanceof TemplateError)) throw error;
    onFault(error.fault);
    return undefined;
  }
}

const NUMBERS = /(Timeout|Size|Seconds|Executions|Attempts|Period)$/;

/** A property that is not run, and may need what this machine does not have, is left out when it cannot be resolved. */
function resolveProperties(
  logicalId: string,
  { Type: type, Properties: properties = {} }: TemplateResource,
  resolver: TemplateResolver,
  report: ReportNotRun,
): Record<string, unknown> {
  const needed = new Set(namesThatRun(type));
  const resolved: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(properties)) {
    const path = `Resources.${logicalId}.Properties.${name}`;
    const resolve = () => resolver.resolve(value, path);
    if (name === 'Environment')
      resolved[name] = resolveEnvironment(value, `${logicalId}.${name}`, resolver, report);
    else resolved[name] = needed.has(name) ? resolve() : attempt(resolve, () => {});
    if (NUMBERS.test(name) && isLookedUp(resolved[name])) {
      report(
        `${logicalId}.${name}`,
        `${resolved[name]} is not looked up, its default stands for it`,
      );
      delete resolved[name];
    } else if (needed.has(name)) reportReferences(resolved[name], `${logicalId}.${name}`, report);
  }
  return resolved;
}

/** One variable that cannot be resolved does not keep the function from running: `--env` can set it. */
function resolveEnvironment(
  environment: unknown,
  path: string,
  resolver: TemplateResolver,
  report: ReportNotRun,
): unknown {
  const whole = attempt(
    () => resolver.resolve(environment, path),
    () => {},
  );
  const variables = isObject(environment) ? environment.Variables : undefined;
  if (whole !== undefined || !isObject(variables)) return whole;
  const resolved = Object.entries(variables).map(([name, value]) => [
    name,
    attempt(
      () => resolver.resolve(value, name),
      (fault) => report(path, `${fault}; --env ${name}=VALUE sets it`),
    ),
  ]);
  return { Variables: Object.fromEntries(resolved.filter(([, value]) => value !== undefined)) };
}

/** https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/dynamic-references.html */
function reportReferences(value: unknown, path: string, report: ReportNotRun): void {
  if (typeof value === 'string') {
    const reference = /\{\{resolve:[^}]*\}\}/.exec(value)?.[0];
    if (reference) report(path, `${reference} stays as it is written, nothing is looked up`);
  } else if (typeof value === 'object' && value !== null) {
    for (const [name, part] of Object.entries(value))
      reportReferences(part, `${path}.${name}`, report);
  }
}
