import { type OrderSample, orderSampleSchema } from '../../contracts/orderSample.ts';

/** Reads the console's event stream as another program would, and keeps every sample. */
export class EventStream {
  readonly samples: OrderSample[] = [];
  readonly #stopped = new AbortController();
  readonly #done: Promise<void>;

  constructor(console: string) {
    this.#done = this.#read(`${console}/api/events`).catch(() => {});
  }

  async stop(): Promise<void> {
    this.#stopped.abort();
    await this.#done;
  }

  async #read(address: string): Promise<void> {
    const { body } = await fetch(address, { signal: this.#stopped.signal });
    let text = '';
    for await (const chunk of body?.pipeThrough(new TextDecoderStream()) ?? []) {
      text += chunk;
      const events = text.split('\n\n');
      text = events.pop() ?? '';
      for (const event of events) {
        const data = event.split('\n').find((line) => line.startsWith('data: '));
        if (data)
          this.samples.push(orderSampleSchema.parse(JSON.parse(data.slice('data: '.length))));
      }
    }
  }
}
