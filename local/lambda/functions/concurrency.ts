import { InvalidParameterError, ThrottledError } from '../errors.ts';

/** AWS keeps at least this much of the account's quota for functions that reserve nothing. */
export const MINIMUM_UNRESERVED = 100;

interface Usage {
  running: number;
  peak: number;
  reserved: number | undefined;
}

/**
 * Who may run now: a reserved function up to its own limit, all others together up to what is left of the account's
 * quota. https://docs.aws.amazon.com/lambda/latest/dg/lambda-concurrency.html
 */
export class ConcurrencyLimits {
  readonly accountQuota: number;
  readonly #functions = new Map<string, Usage>();

  constructor(
    accountQuota: number,
    functions: { name: string; reservedConcurrency: number | undefined }[],
  ) {
    this.accountQuota = accountQuota;
    for (const { name } of functions)
      this.#functions.set(name, { running: 0, peak: 0, reserved: undefined });
    for (const { name, reservedConcurrency } of functions)
      if (reservedConcurrency !== undefined) this.reserve(name, reservedConcurrency);
  }

  /** Takes one unit for an invocation; throws what AWS answers when there is none. */
  acquire(name: string): void {
    const usage = this.#usage(name);
    if (usage.reserved !== undefined && usage.running >= usage.reserved)
      throw new ThrottledError('ReservedFunctionConcurrentInvocationLimitExceeded');
    if (usage.reserved === undefined && this.unreservedRunning >= this.unreservedLimit)
      throw new ThrottledError('ConcurrentInvocationLimitExceeded');
    usage.running += 1;
    usage.peak = Math.max(usage.peak, usage.running);
  }

  release(name: string): void {
    this.#usage(name).running -= 1;
  }

  /** Sets or, with undefined, removes a reservation. Running invocations go on; only new ones see the limit. */
  reserve(name: string, reserved: number | undefined): void {
    const usage = this.#usage(name);
    const left =
      this.accountQuota - (this.#sumOfReserved() - (usage.reserved ?? 0)) - (reserved ?? 0);
    const minimum = Math.min(MINIMUM_UNRESERVED, this.accountQuota);
    if (reserved !== undefined && left < minimum)
      throw new InvalidParameterError(
        `Specified ReservedConcurrentExecutions for function decreases account's UnreservedConcurrentExecution below its minimum value of [${minimum}].`,
      );
    usage.reserved = reserved;
  }

  usage(name: string): Readonly<Usage> {
    return this.#usage(name);
  }

  get unreservedLimit(): number {
    return this.accountQuota - this.#sumOfReserved();
  }

  get unreservedRunning(): number {
    let running = 0;
    for (const usage of this.#functions.values())
      if (usage.reserved === undefined) running += usage.running;
    return running;
  }

  #sumOfReserved(): number {
    let sum = 0;
    for (const { reserved = 0 } of this.#functions.values()) sum += reserved;
    return sum;
  }

  #usage(name: string): Usage {
    const usage = this.#functions.get(name);
    if (!usage) throw new Error(`No function ${name}`);
    return usage;
  }
}
