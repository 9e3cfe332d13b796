import type { AsyncInvocationModel, FunctionModel } from '../../template/model.ts';
import { type AsyncSettings, DEFAULT_ASYNC_SETTINGS } from '../asyncEvents/asyncSettings.ts';
import type { FunctionRuntime } from '../environments/functionRuntime.ts';
import { FunctionNotFoundError } from '../errors.ts';
import { FunctionMetrics } from './functionMetrics.ts';
import { type FunctionReference, functionReference } from './functionReference.ts';

/** As it was set: what is left out has AWS's defaults. */
export interface EventInvokeConfig {
  settings: Partial<AsyncSettings>;
  modifiedAtMs: number;
}

export class LocalFunction {
  model: FunctionModel;
  runtime: FunctionRuntime | undefined;
  eventInvokeConfig: EventInvokeConfig | undefined;
  readonly metrics = new FunctionMetrics();

  constructor(model: FunctionModel) {
    this.model = model;
  }

  get asyncSettings(): AsyncSettings {
    return { ...DEFAULT_ASYNC_SETTINGS, ...this.eventInvokeConfig?.settings };
  }
}

/** The only version there is. */
const LATEST = '$LATEST';

/** The functions by what callers call them. */
export class FunctionDirectory {
  readonly #byName = new Map<string, LocalFunction>();
  readonly #place: { region: string; accountId: string };

  constructor(
    functions: FunctionModel[],
    asyncInvocation: AsyncInvocationModel[],
    place: { region: string; accountId: string },
    nowMs: number,
  ) {
    this.#place = place;
    for (const model of functions) {
      const entry = new LocalFunction(model);
      const set = asyncInvocation.find(({ functionName }) => functionName === model.name);
      if (set) entry.eventInvokeConfig = { settings: set, modifiedAtMs: nowMs };
      this.#byName.set(model.name, entry);
    }
  }

  all(): LocalFunction[] {
    return [...this.#byName.values()];
  }

  byName(name: string): LocalFunction | undefined {
    return this.#byName.get(name);
  }

  reference(nameOrArn: string, qualifier?: string): FunctionReference {
    return functionReference(nameOrArn, qualifier, this.#place);
  }

  find(nameOrArn: string, qualifier?: string): LocalFunction {
    const known = qualifier === undefined ? this.#byName.get(nameOrArn) : undefined;
    if (known) return known;
    const reference = this.reference(nameOrArn, qualifier);
    const found = this.at(reference);
    if (!found) throw new FunctionNotFoundError(reference.arn);
    return found;
  }

  /** As `find`, for operations on a version: their 404 names it. */
  findVersion(nameOrArn: string, qualifier?: string): LocalFunction {
    const known = qualifier === undefined ? this.#byName.get(nameOrArn) : undefined;
    return (
      known ?? this.find(nameOrArn, qualifier ?? this.reference(nameOrArn).qualifier ?? LATEST)
    );
  }

  at({ name, qualifier = LATEST }: FunctionReference): LocalFunction | undefined {
    return qualifier === LATEST ? this.#byName.get(name) : undefined;
  }
}
