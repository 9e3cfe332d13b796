import { PHASE } from '../documentNumbers.ts';
import { type Check, type ClaimRule, wholePhase } from './claimRule.ts';

/** queued promises a topic and a queue, direct a topic only. */
const NAMED: Record<string, string[]> = {
  queued: ['SNS_TOPIC_ARN', 'SQS_QUEUE_URL'],
  direct: ['SNS_TOPIC_ARN'],
};

export const missingConfiguration: ClaimRule = {
  id: 10,
  document: 'Async answers 503 when SNS_TOPIC_ARN / SQS_QUEUE_URL are not set',
  formula: 'a 202 promises a topic, and for queued a queue',
  mechanism: 'Intake checks for both before it takes an order, and names what is missing.',
  phases: [PHASE.noConfiguration],
  unmeasured:
    'Phase 0 was not run: it needs a service of its own, started without topic and queue.',
  checks: (run) => {
    const configuration = wholePhase(run, PHASE.noConfiguration)?.summary.configuration;
    if (!configuration) return [];
    return [
      ...configuration.answers.map(answerCheck),
      {
        what: 'orders stored by it',
        expected: '0',
        measured: String(configuration.ordersStored),
        passed: configuration.ordersStored === 0,
      },
    ];
  },
};

function answerCheck({
  way,
  status,
  detail,
}: {
  way: string;
  status: number;
  detail: string;
}): Check {
  const names = NAMED[way] ?? [];
  const named = Object.values(NAMED)
    .flat()
    .filter((name) => detail.includes(name));
  return {
    what: `way=${way}`,
    expected: `503 naming ${names.join(' and ')}`,
    measured: `${status} naming ${[...new Set(named)].join(' and ') || 'nothing'}`,
    passed:
      status === 503 &&
      names.length === new Set(named).size &&
      names.every((name) => named.includes(name)),
  };
}
