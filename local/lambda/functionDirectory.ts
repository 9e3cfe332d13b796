import type { AsyncInvocationModel, FunctionModel } from '../template/model.ts';
import type { AsyncSettings } from './asyncSettings.ts';
import { FunctionNotFoundError } from './errors.ts';
import { FunctionMetrics } from './functionMetrics.ts';
import type { FunctionRuntime } from './functionRuntime.ts';

export interface LocalFunction {
  model: FunctionModel;
  runtime: FunctionRuntime | undefined;
  /** Undefined: no EventInvokeConfig, AWS's defaults. */
  asyncSettings: AsyncSettings | undefined;
  readonly metrics: FunctionMetrics;
}

/** `name`, `123456789012:function:name`, the whole ARN, each with or without a qualifier. */
const FUNCTION_NAME = /^(?:(?:arn:[^:]*:lambda:[^:]*:)?\d{12}:function:)?([\w-]+)(?::([\w$-]+))?$/;

/** The functions by what callers call them. */
export class FunctionDirectory {
  readonly #byName = new Map<string, LocalFunction>();

  readonly #arnPrefix: string;

  constructor(
    functions: FunctionModel[],
    asyncInvocation: AsyncInvocationModel[],
    { region, accountId }: { region: string; accountId: string },
  ) {
    this.#arnPrefix = `arn:aws:lambda:${region}:${accountId}:function:`;
    for (const model of functions) {
      const asyncSettings = asyncInvocation.find(({ functionName }) => functionName === model.name);
      const metrics = new FunctionMetrics();
      this.#byName.set(model.name, { model, runtime: undefined, asyncSettings, metrics });
    }
  }

  all(): LocalFunction[] {
    return [...this.#byName.values()];
  }

  byName(name: string): LocalFunction | undefined {
    return this.#byName.get(name);
  }

  /** https://docs.aws.amazon.com/lambda/latest/api/API_Invoke.html#API_Invoke_RequestSyntax (FunctionName) */
  find(nameOrArn: string): LocalFunction {
    const known = this.#byName.get(nameOrArn);
    if (known) return known;
    const [, name = '', qualifier = '$LATEST'] = FUNCTION_NAME.exec(nameOrArn) ?? [];
    const found = this.#byName.get(name);
    if (!found || qualifier !== '$LATEST') throw new FunctionNotFoundError(this.#arnOf(nameOrArn));
    return found;
  }

  #arnOf(nameOrArn: string): string {
    return nameOrArn.startsWith('arn:') ? nameOrArn : this.#arnPrefix + nameOrArn;
  }
}
