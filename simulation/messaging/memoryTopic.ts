import type { Clock } from '../../local/clock.ts';
import { isDelivered, type SnsAttribute } from '../../local/emulators/snsFilter.ts';

export interface TopicMessage {
  message: string;
  attributes: Record<string, SnsAttribute>;
}

export interface TopicSubscription {
  name: string;
  /** On the message's attributes; without one it gets every message. */
  filterPolicy?: Record<string, unknown>;
  deliver: (message: TopicMessage) => void;
}

export interface TopicOptions {
  clock: Clock;
  /** After how long each copy of a message reaches a subscription: none that is lost, two that is delivered twice. */
  copies?: (message: TopicMessage, subscription: string) => number[];
}

/** A topic of SNS in memory: filter policies, and deliveries that may be late, lost or doubled. */
export class MemoryTopic {
  readonly #options: TopicOptions;
  readonly #subscriptions: (TopicSubscription & { policy: string })[] = [];

  constructor(options: TopicOptions) {
    this.#options = options;
  }

  subscribe(subscription: TopicSubscription): void {
    const { filterPolicy } = subscription;
    const policy = filterPolicy === undefined ? '' : JSON.stringify(filterPolicy);
    this.#subscriptions.push({ ...subscription, policy });
  }

  publish(message: TopicMessage): void {
    const { clock, copies = () => [0] } = this.#options;
    for (const { name, policy, deliver } of this.#subscriptions) {
      if (!isDelivered({ FilterPolicy: policy }, message.message, message.attributes)) continue;
      for (const delayMs of copies(message, name))
        clock.setTimeout(() => deliver(message), delayMs);
    }
  }
}
