type Stop = (graceMs: number) => Promise<unknown>;

/** From the signal on. With what the emulators need after it, the whole stop stays within 5 s. */
const STOP_GRACE_MS = 4000;

/** The parts that run, by their turn in a stop. One deadline holds for all of them. */
export class StopOrder {
  /** What lets work in from outside. A request that runs ends with the invocation it waits for. */
  readonly entrances: Stop[] = [];
  /** What takes messages from queues and hands them to functions. */
  readonly deliveries: Stop[] = [];
  readonly functions: Stop[] = [];
  /** What holds the data: needed to the last. */
  readonly stores: Stop[] = [];

  /** Throws the first fault once all has been stopped. A second call has nothing left to stop. */
  async stop(): Promise<void> {
    const deadline = performance.now() + STOP_GRACE_MS;
    const stopThese = (parts: Stop[]) =>
      Promise.allSettled(
        parts.splice(0).map((part) => part(Math.max(0, deadline - performance.now()))),
      );
    const entrances = stopThese(this.entrances);
    const outcomes = [
      ...(await stopThese(this.deliveries)),
      ...(await stopThese(this.functions)),
      ...(await entrances),
      ...(await stopThese(this.stores)),
    ];
    const failed = outcomes.find(({ status }) => status === 'rejected');
    if (failed?.status === 'rejected') throw failed.reason;
  }
}
