import { identify, type Place, pseudoParameters } from '../../local/template/identity.ts';
import { type Template, TemplateResolver } from '../../local/template/resolve.ts';

export interface Statement {
  Effect: string;
  Action: string | string[];
  Resource: string | string[];
}
interface PolicyDocument {
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
  const resolver = new TemplateResolver({
    template,
    pseudoParameters: pseudoParameters(place),
    identify: (id, resource, resolve) => identify(id, resource, place, resolve),
  });
  const functions = Object.entries(template.Resources).filter(
    ([, { Type }]) => Type === 'AWS::Lambda::Function',
  );
  return Object.fromEntries(
    functions.map(([id, { Properties = {} }]) => {
      const key = String(Properties.FunctionName).replace(`${place.service}-${place.stage}-`, '');
      const documents = documentsOf(template, roleOf(Properties.Role));
      return [key, resolver.resolve(documents, id) as PolicyDocument[]];
    }),
  );
}

const roleOf = (role: unknown): string => (role as { 'Fn::GetAtt': [string] })['Fn::GetAtt'][0];

function documentsOf({ Resources }: Template, roleId: string): unknown[] {
  const { Policies = [], ManagedPolicyArns = [] } = (Resources[roleId]?.Properties ?? {}) as {
    Policies?: { PolicyDocument: unknown }[];
    ManagedPolicyArns?: { Ref: string }[];
  };
  const managed = ManagedPolicyArns.map(({ Ref }) => Resources[Ref]?.Properties?.PolicyDocument);
  return [...Policies.map(({ PolicyDocument }) => PolicyDocument), ...managed];
}
