import { isObject } from '../../common/json.ts';

export interface TemplateResource {
  Type: string;
  Properties?: Record<string, unknown>;
  DependsOn?: string | string[];
  DeletionPolicy?: string;
  UpdateReplacePolicy?: string;
}
export interface Template {
  Resources: Record<string, TemplateResource>;
}

/** A resource of the compiled template. References stay as they are: rules ask what they point to. */
export interface Resource extends TemplateResource {
  id: string;
  Properties: Record<string, unknown>;
}

export interface Statement {
  actions: string[];
  resources: unknown[];
  principals: string[];
  condition: unknown;
}

export class CompiledTemplate {
  readonly #resources: Map<string, Resource>;

  constructor({ Resources }: Template) {
    this.#resources = new Map(
      Object.entries(Resources).map(([id, resource]) => [
        id,
        { ...resource, id, Properties: resource.Properties ?? {} },
      ]),
    );
  }

  ofType(...types: string[]): Resource[] {
    return [...this.#resources.values()].filter(({ Type }) => types.includes(Type));
  }

  get(id: string | undefined): Resource | undefined {
    return id === undefined ? undefined : this.#resources.get(id);
  }

  /** The resource of this template that a value points to, by reference or inside a text. */
  target(value: unknown): Resource | undefined {
    return this.get(referencesIn(value).find((id) => this.#resources.has(id)));
  }

  /** What a function's role lets it do, with the policies that are attached to the role. */
  statementsOf({ Properties }: Resource): Statement[] {
    const role = this.target(Properties.Role);
    const inline = list(role?.Properties.Policies).map((policy) => documentOf(policy));
    const attached = list(role?.Properties.ManagedPolicyArns).map((arn) => this.target(arn));
    const attaching = this.ofType('AWS::IAM::Policy', 'AWS::IAM::ManagedPolicy').filter(
      ({ Properties: { Roles } }) => list(Roles).some((to) => this.target(to)?.id === role?.id),
    );
    const policies = [...attached, ...attaching].map((policy) => documentOf(policy?.Properties));
    return [...inline, ...policies].flatMap(statementsIn);
  }

  allows(statements: Statement[], action: string, resourceId?: string): boolean {
    return statements.some(
      ({ actions, resources }) =>
        actions.some((pattern) => matches(pattern, action)) &&
        (resourceId === undefined ||
          resources.some((to) => to === '*' || this.target(to)?.id === resourceId)),
    );
  }
}

const documentOf = (policy: unknown): unknown =>
  isObject(policy) ? policy.PolicyDocument : undefined;

export function statementsIn(document: unknown): Statement[] {
  if (!isObject(document)) return [];
  return list(document.Statement)
    .filter(isObject)
    .filter(({ Effect }) => Effect === 'Allow')
    .map(({ Action, Resource: resource, Principal, Condition }) => ({
      actions: list(Action).map(String),
      resources: list(resource),
      principals: isObject(Principal) ? Object.values(Principal).flat().map(String) : [],
      condition: Condition,
    }));
}

/** Logical ids below a value, in order. */
export function referencesIn(value: unknown): string[] {
  if (Array.isArray(value)) return value.flatMap(referencesIn);
  if (!isObject(value)) return [];
  return Object.entries(value).flatMap(([key, inner]) => {
    if (key === 'Ref') return [String(inner)];
    if (key === 'Fn::GetAtt') return [String([inner].flat()[0]).split('.')[0] ?? ''];
    if (key !== 'Fn::Sub') return referencesIn(inner);
    const texts = [...String([inner].flat()[0]).matchAll(/\$\{([^}.!]+)/g)];
    return texts.map(([, id = '']) => id);
  });
}

/** An action pattern of a policy against an action. */
export const matches = (pattern: string, action: string): boolean =>
  new RegExp(`^${pattern.replaceAll('*', '.*').replaceAll('?', '.')}$`, 'i').test(action);

export const list = (value: unknown): unknown[] => (value === undefined ? [] : [value].flat());
export const object = (value: unknown): Record<string, unknown> => (isObject(value) ? value : {});
