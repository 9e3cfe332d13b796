import { isObject } from '../../common/json.ts';
import { UsageError } from '../../common/usageError.ts';

/**
 * Resolves CloudFormation's intrinsic functions over a compiled template. Unknown functions, unknown resources and
 * cycles are errors that name the path in the template.
 */
export interface Template {
  Resources: Record<string, TemplateResource>;
  Outputs?: Record<string, { Value: unknown; Condition?: string }>;
  Conditions?: Record<string, unknown>;
  Mappings?: Record<string, Record<string, Record<string, unknown>>>;
  Parameters?: Record<string, Parameter>;
}

export interface Parameter {
  Type?: string;
  Default?: unknown;
  AllowedValues?: unknown[];
  AllowedPattern?: string;
  MinLength?: number | string;
  MaxLength?: number | string;
  MinValue?: number | string;
  MaxValue?: number | string;
}

export interface TemplateResource {
  Type: string;
  Properties?: Record<string, unknown>;
  Condition?: string;
  Metadata?: Record<string, unknown>;
}

/** What `Ref` and `Fn::GetAtt` answer for a resource: physical names only, so no cycle can start here. */
export interface Identity {
  ref: string;
  attributes: Record<string, string>;
}

interface ResolveContext {
  template: Template;
  /** `AWS::Region` and its like, by name. */
  pseudoParameters: Record<string, string>;
  /** Values of the template's parameters, which win over their defaults. */
  parameters?: Record<string, string>;
  /** A text with its addresses of AWS that are on this machine. */
  localize?: (text: string) => string;
  identify: (
    logicalId: string,
    resource: TemplateResource,
    resolve: (value: unknown, path: string) => unknown,
  ) => Identity;
}

export class TemplateError extends UsageError {
  override name = 'TemplateError';
  /** The place in the template and what is wrong there. */
  readonly fault: string;

  constructor(path: string, problem: string) {
    super(`The compiled template cannot be run: ${path}: ${problem}`);
    this.fault = `${path}: ${problem}`;
  }
}

const NO_VALUE = Symbol('AWS::NoValue');

export class TemplateResolver {
  readonly #context: ResolveContext;
  readonly #identities = new Map<string, Identity>();
  readonly #resolving = new Set<string>();

  constructor(context: ResolveContext) {
    this.#context = context;
  }

  /** Resolves every intrinsic function below `value`. `path` names the place in errors. */
  resolve(value: unknown, path: string): unknown {
    const resolved = this.#resolveNode(value, path);
    return resolved === NO_VALUE ? undefined : resolved;
  }

  isPresent(conditionName: string | undefined, path: string): boolean {
    return conditionName === undefined || this.#condition({ Condition: conditionName }, path);
  }

  identityOf(logicalId: string, path: string): Identity {
    const known = this.#identities.get(logicalId);
    if (known) return known;
    const resource = this.#context.template.Resources[logicalId];
    if (!resource) throw new TemplateError(path, `there is no resource "${logicalId}"`);
    if (this.#resolving.has(logicalId))
      throw new TemplateError(path, `"${logicalId}" refers to itself`);
    this.#resolving.add(logicalId);
    try {
      const identity = this.#context.identify(logicalId, resource, (value, at) =>
        this.resolve(value, at),
      );
      this.#identities.set(logicalId, identity);
      return identity;
    } finally {
      this.#resolving.delete(logicalId);
    }
  }

  #resolveNode(value: unknown, path: string): unknown {
    if (Array.isArray(value)) {
      return value
        .map((item, index) => this.#resolveNode(item, `${path}[${index}]`))
        .filter((item) => item !== NO_VALUE);
    }
    if (typeof value === 'string') return this.#localized(value);
    if (!isObject(value)) return value;
    const keys = Object.keys(value);
    const only = keys[0];
    if (keys.length === 1 && only !== undefined && (only === 'Ref' || only.startsWith('Fn::'))) {
      return this.#intrinsic(only, value[only], path);
    }
    return Object.fromEntries(
      keys
        .map((key) => [key, this.#resolveNode(value[key], `${path}.${key}`)] as const)
        .filter(([, item]) => item !== NO_VALUE),
    );
  }

  #intrinsic(name: string, argument: unknown, path: string): unknown {
    const at = `${path}.${name}`;
    switch (name) {
      case 'Ref':
        return this.#ref(text(argument, at), at);
      case 'Fn::GetAtt':
        return this.#getAtt(argument, at);
      case 'Fn::Sub':
        return this.#localized(this.#sub(argument, at));
      case 'Fn::Join': {
        const [separator, parts] = list(this.#resolveNode(argument, at), at);
        const texts = list(parts, at).map((part) => text(part, at));
        return this.#localized(texts.join(text(separator, at)));
      }
      case 'Fn::Select': {
        const [index, items] = list(this.#resolveNode(argument, at), at);
        const chosen = list(items, at)[Number(index)];
        if (chosen === undefined) throw new TemplateError(at, `there is no item ${String(index)}`);
        return chosen;
      }
      case 'Fn::Split': {
        const [separator, source] = list(this.#resolveNode(argument, at), at);
        return text(source, at).split(text(separator, at));
      }
      case 'Fn::If': {
        const [condition, whenTrue, whenFalse] = list(argument, at);
        return this.#resolveNode(
          this.#condition({ Condition: condition }, at) ? whenTrue : whenFalse,
          at,
        );
      }
      case 'Fn::FindInMap': {
        const [map, first, second] = list(this.#resolveNode(argument, at), at).map((key) =>
          text(key, at),
        );
        const found = this.#context.template.Mappings?.[map ?? '']?.[first ?? '']?.[second ?? ''];
        if (found === undefined)
          throw new TemplateError(at, `there is no mapping ${map}.${first}.${second}`);
        return found;
      }
      case 'Fn::Base64':
        return Buffer.from(text(this.#resolveNode(argument, at), at)).toString('base64');
      default:
        throw new TemplateError(path, `the function ${name} is not known here`);
    }
  }

  #localized(value: string): string {
    return this.#context.localize?.(value) ?? value;
  }

  #ref(name: string, path: string): unknown {
    if (name === 'AWS::NoValue') return NO_VALUE;
    const pseudo = this.#context.pseudoParameters[name];
    if (pseudo !== undefined) return pseudo;
    const parameter = this.#context.template.Parameters?.[name];
    if (parameter) return this.#parameter(name, parameter, path);
    return this.identityOf(name, path).ref;
  }

  /** https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/parameters-section-structure.html */
  #parameter(name: string, parameter: Parameter, path: string): unknown {
    const { Type: type = 'String', Default: byDefault, AllowedValues: allowed } = parameter;
    const given = this.#context.parameters?.[name];
    // Its default is a name in the Parameter Store of AWS, not a value.
    const value = given ?? (type.startsWith('AWS::SSM::') ? undefined : byDefault);
    const isList = /^(CommaDelimitedList|List<)/.test(
      type.replace(/^AWS::SSM::Parameter::Value</, ''),
    );
    const how = `--parameter ${name}=VALUE or provider.stackParameters gives it one`;
    if (value === undefined)
      throw new TemplateError(
        path,
        `the parameter "${name}" of type ${type} has no value here; ${how}`,
      );
    if (allowed && !allowed.map(String).includes(String(value)))
      throw new TemplateError(
        path,
        `the parameter "${name}" takes ${allowed.join(', ')}, got ${value}`,
      );
    const items = isList
      ? String(value)
          .split(',')
          .map((item) => item.trim())
      : [value];
    if (/Number>?$/.test(type) && !items.every((item) => Number.isFinite(Number(item))))
      throw new TemplateError(path, `the parameter "${name}" is a number, got ${value}`);
    return isList ? items : value;
  }

  #getAtt(argument: unknown, path: string): string {
    const parts = typeof argument === 'string' ? argument.split('.') : list(argument, path);
    const logicalId = text(parts[0], path);
    const attribute = parts
      .slice(1)
      .map((part) => text(part, path))
      .join('.');
    const value = this.identityOf(logicalId, path).attributes[attribute];
    if (value === undefined) {
      throw new TemplateError(
        path,
        `"${logicalId}" has no attribute "${attribute}" that is known here`,
      );
    }
    return value;
  }

  #sub(argument: unknown, path: string): string {
    const [template, variables] = Array.isArray(argument) ? argument : [argument, {}];
    const own = this.#resolveNode(variables ?? {}, path) as Record<string, unknown>;
    return text(template, path).replace(
      /\$\{(!?)([^}]+)\}/g,
      (_whole, literal: string, name: string) => {
        if (literal) return `\${${name}}`;
        if (name in own) return text(own[name], path);
        return name.includes('.') ? this.#getAtt(name, path) : text(this.#ref(name, path), path);
      },
    );
  }

  #condition(node: unknown, path: string): boolean {
    if (!isObject(node)) return node === true || node === 'true';
    const [name] = Object.keys(node);
    const argument = name === undefined ? undefined : node[name];
    switch (name) {
      case 'Condition': {
        const definition = this.#context.template.Conditions?.[text(argument, path)];
        if (definition === undefined)
          throw new TemplateError(path, `there is no condition "${String(argument)}"`);
        return this.#condition(definition, `Conditions.${String(argument)}`);
      }
      case 'Fn::Equals': {
        const [left, right] = list(this.#resolveNode(argument, path), path);
        return String(left) === String(right);
      }
      case 'Fn::And':
        return list(argument, path).every((item) => this.#condition(item, path));
      case 'Fn::Or':
        return list(argument, path).some((item) => this.#condition(item, path));
      case 'Fn::Not':
        return !this.#condition(list(argument, path)[0], path);
      default:
        throw new TemplateError(path, `the condition function ${name} is not known here`);
    }
  }
}

function text(value: unknown, path: string): string {
  if (typeof value === 'string') return value;
  if (typeof value === 'number' || typeof value === 'boolean') return String(value);
  throw new TemplateError(path, `expected a text, got ${JSON.stringify(value)}`);
}

function list(value: unknown, path: string): unknown[] {
  if (Array.isArray(value)) return value;
  throw new TemplateError(path, `expected a list, got ${JSON.stringify(value)}`);
}
