import { identify, type Place, pseudoParameters } from '../../local/template/identity.ts';
import { type Template, TemplateResolver } from '../../local/template/resolve.ts';
import { CompiledTemplate } from '../../ops/preflight/compiledTemplate.ts';
import { lambdaNeeds, type Need } from '../../ops/preflight/lambdaNeeds.ts';
import type { Call, Calls } from './recording.ts';

export interface Statement {
  Effect: string;
  Action: string | string[];
  Resource: string | string[];
}
export interface PolicyDocument {
  Statement: Statement[];
}

/** What the runtime would answer for references: calls that it makes name the same resources. */
export const placeOf = (stage: string): Place => ({
  service: 'flash-sale',
  stage,
  region: 'us-east-1',
  apiUrl: 'http://api',
  sqsUrl: 'http://sqs',
});

/** Every policy document of every function's role, with each reference resolved, by the function's key. */
export function policiesOf(template: Template, place: Place): Record<string, PolicyDocument[]> {
  const resolver = resolverOf(template, place);
  return Object.fromEntries(
    functionsIn(template).map(([id, { Properties = {} }]) => [
      keyOf(Properties, place),
      resolver.resolve(documentsOf(template, roleOf(Properties.Role)), id) as PolicyDocument[],
    ]),
  );
}

/** What Lambda itself does in the name of each role: AWS documents it, and no machine of ours does all of it. */
export function lambdaCallsOf(template: Template, place: Place): Calls {
  const resolver = resolverOf(template, place);
  const compiled = new CompiledTemplate(template);
  return Object.fromEntries(
    functionsIn(template).map(([id, resource]) => {
      const { Properties = {} } = resource;
      const logs = `log-group:/aws/lambda/${Properties.FunctionName}:log-stream:any`;
      const resourceOf = ({ action, resourceId }: Need): string => {
        if (action.startsWith('logs:')) return `arn:aws:logs:${place.region}:000000000000:${logs}`;
        if (resourceId === undefined) return '*';
        const { ref, attributes } = resolver.identityOf(resourceId, id);
        return attributes.Arn ?? ref;
      };
      const needs = lambdaNeeds({ ...resource, id, Properties }, compiled);
      const calls = needs.map(
        (need): Call => ({ action: need.action, resource: resourceOf(need) }),
      );
      return [keyOf(Properties, place), calls];
    }),
  );
}

const functionsIn = ({ Resources }: Template) =>
  Object.entries(Resources).filter(([, { Type }]) => Type === 'AWS::Lambda::Function');

const keyOf = ({ FunctionName }: Record<string, unknown>, { service, stage }: Place): string =>
  String(FunctionName).replace(`${service}-${stage}-`, '');

const resolverOf = (template: Template, place: Place) =>
  new TemplateResolver({
    template,
    pseudoParameters: pseudoParameters(place),
    identify: (id, resource, resolve) => identify(id, resource, place, resolve),
  });

const roleOf = (role: unknown): string => (role as { 'Fn::GetAtt': [string] })['Fn::GetAtt'][0];

function documentsOf({ Resources }: Template, roleId: string): unknown[] {
  const { Policies = [], ManagedPolicyArns = [] } = (Resources[roleId]?.Properties ?? {}) as {
    Policies?: { PolicyDocument: unknown }[];
    ManagedPolicyArns?: { Ref: string }[];
  };
  const managed = ManagedPolicyArns.map(({ Ref }) => Resources[Ref]?.Properties?.PolicyDocument);
  const attaching = Object.values(Resources)
    .filter(({ Properties }) => isAttachedTo(roleId, Properties?.Roles))
    .map(({ Properties }) => Properties?.PolicyDocument);
  return [...Policies.map(({ PolicyDocument }) => PolicyDocument), ...managed, ...attaching];
}

const isAttachedTo = (roleId: string, roles: unknown): boolean =>
  Array.isArray(roles) && roles.some(({ Ref }: { Ref?: string }) => Ref === roleId);
