import type { Clock } from '../../clock.ts';
import { type Randomness, systemRandomness } from '../../randomness.ts';
import type { ScheduleModel } from '../../template/model.ts';
import { type NextRun, parseSchedule } from './scheduleExpression.ts';

interface ScheduleOptions {
  clock: Clock;
  randomness?: Randomness;
  account: { accountId: string; region: string };
  invokeEvent: (functionName: string, event: string) => Promise<void>;
  onFault: (ruleName: string, text: string) => void;
}

/** Invokes functions when a rule's schedule says so. */
export class Schedule {
  readonly #model: ScheduleModel;
  readonly #clock: Clock;
  readonly #options: ScheduleOptions;
  readonly #nextRun: NextRun;
  #timer: unknown;

  constructor(model: ScheduleModel, options: ScheduleOptions) {
    this.#model = model;
    this.#clock = options.clock;
    this.#options = options;
    this.#nextRun = parseSchedule(model.expression, model.source);
  }

  start(): void {
    if (this.#model.enabled) this.#waitForNext(this.#clock.now());
  }

  stop(): void {
    this.#clock.clearTimeout(this.#timer);
  }

  #waitForNext(after: number): void {
    // Times that passed while the machine slept are over: what is due then is due once.
    const dueAt = this.#nextRun(after, this.#clock.now());
    if (dueAt === undefined) return;
    const wait = () => {
      this.#timer = this.#clock.setTimeout(() => {
        // A timer is shorter than some schedules' waits, and may fire a little early.
        if (this.#clock.now() < dueAt) return wait();
        this.#invokeTargets(dueAt);
        this.#waitForNext(dueAt);
      }, dueAt - this.#clock.now());
    };
    wait();
  }

  #invokeTargets(dueAt: number): void {
    for (const { functionName, input } of this.#model.targets) {
      const event = input ?? JSON.stringify(this.#event(dueAt));
      void this.#invokeTarget(functionName, event);
    }
  }

  /** A target that is not a function fails its runs, on AWS too (metric FailedInvocations), and nothing else. */
  async #invokeTarget(functionName: string, event: string): Promise<void> {
    const { invokeEvent, onFault } = this.#options;
    try {
      await invokeEvent(functionName, event);
    } catch (error) {
      const text = `Schedule ${this.#model.expression} could not invoke ${functionName}: ${error}`;
      onFault(this.#model.ruleName, text);
    }
  }

  /**
   * https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-run-lambda-schedule.html
   * The Scheduler's has a text where the rule's has an object, as recorded:
   * https://github.com/aws/aws-lambda-java-libs/issues/479
   */
  #event(dueAt: number) {
    const { source = 'aws.events' } = this.#model;
    const { account, randomness = systemRandomness } = this.#options;
    const { accountId, region } = account;
    return {
      version: '0',
      id: randomness.uuid(),
      'detail-type': 'Scheduled Event',
      source,
      account: accountId,
      time: new Date(dueAt).toISOString().replace(/\.\d+Z$/, 'Z'),
      region,
      resources: [this.#model.arn],
      detail: source === 'aws.scheduler' ? '{}' : {},
    };
  }
}
