import type { SNSEvent } from 'aws-lambda';
import type { PayingDeps } from '../lib/domain/chargeOrder.ts';
import { processMessage } from '../lib/domain/processMessage.ts';
import { processorRules, readConfig } from '../lib/platform/config.ts';
import { eventStack } from '../lib/platform/eventStack.ts';
import { payingDeps } from '../lib/wiring.ts';

/** Notifications of the order topic, one an invocation: pays the order, or throws and Lambda tries again. */
export const createTopicProcessor =
  (deps: PayingDeps) =>
  async ({ Records }: SNSEvent): Promise<void> => {
    await Promise.all(Records.map(({ Sns }) => processMessage(deps, Sns.Message, 'direct')));
  };

const liveDeps = (): PayingDeps => payingDeps(readConfig(processorRules()));

export const handler = eventStack(createTopicProcessor(liveDeps()));
