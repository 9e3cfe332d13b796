import { randomUUID } from 'node:crypto';
import type { ScheduleModel } from '../template/model.ts';
import type { Clock } from './clock.ts';
import { nextRun } from './scheduleExpression.ts';

/** Invokes functions when a rule's schedule says so. */
export class Schedule {
  readonly #model: ScheduleModel;
  readonly #clock: Clock;
  readonly #account: { accountId: string; region: string };
  readonly #invokeEvent: (functionName: string, event: string) => Promise<void>;
  #timer: unknown;

  constructor(
    model: ScheduleModel,
    clock: Clock,
    account: { accountId: string; region: string },
    invokeEvent: (functionName: string, event: string) => Promise<void>,
  ) {
    this.#model = model;
    this.#clock = clock;
    this.#account = account;
    this.#invokeEvent = invokeEvent;
  }

  start(): void {
    if (this.#model.enabled) this.#waitForNext(this.#clock.now());
  }

  stop(): void {
    this.#clock.clearTimeout(this.#timer);
  }

  #waitForNext(after: number): void {
    const dueAt = nextRun(this.#model.expression, after);
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
    for (const { functionName, input } of this.#model.targets)
      void this.#invokeEvent(functionName, input ?? JSON.stringify(this.#event(dueAt)));
  }

  /** https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-run-lambda-schedule.html */
  #event(dueAt: number) {
    return {
      version: '0',
      id: randomUUID(),
      'detail-type': 'Scheduled Event',
      source: 'aws.events',
      account: this.#account.accountId,
      time: new Date(dueAt).toISOString().replace('.000Z', 'Z'),
      region: this.#account.region,
      resources: [this.#model.arn],
      detail: {},
    };
  }
}
