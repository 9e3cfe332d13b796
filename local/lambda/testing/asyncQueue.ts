import { type AsyncEventStore, memoryEventStore } from '../asyncEvents/asyncEventStore.ts';
import { AsyncInvocation } from '../asyncEvents/asyncInvocation.ts';
import { type AsyncSettings, DEFAULT_ASYNC_SETTINGS } from '../asyncEvents/asyncSettings.ts';
import { ThrottledError } from '../errors.ts';
import type { FinishedInvocation } from '../functions/invocation.ts';
import { ManualClock } from './manualClock.ts';

export const ARN = 'arn:aws:lambda:us-east-1:000000000000:function:work';
export const THROTTLED = () => {
  throw new ThrottledError('ReservedFunctionConcurrentInvocationLimitExceeded');
};

const finished = (payload: string, isError: boolean): FinishedInvocation => ({
  payload,
  isError,
  isTimeout: false,
  durationMs: 1,
  billedMs: 1,
  initMs: undefined,
});
export const SUCCEEDED = () => finished('{"ok":true}', false);
export const FAILED = () => finished('{"errorType":"Error","errorMessage":"no luck"}', true);

interface Setup {
  answer: () => FinishedInvocation | Promise<FinishedInvocation>;
  settings?: Partial<AsyncSettings>;
  deadLetterArn?: string;
  switchedOff?: () => boolean;
  store?: AsyncEventStore;
  clock?: ManualClock;
  /** The functions that are there. */
  functionNames?: string[];
}

/** A queue of asynchronous events whose function does what the test says. */
export function queueOf({
  answer,
  settings,
  deadLetterArn,
  switchedOff,
  store,
  clock = new ManualClock(),
  functionNames = ['work'],
}: Setup) {
  const faults: string[] = [];
  const attempts: { at: number; requestId: string; payload: string }[] = [];
  const sent: { arn: string; body: string; attributes: Record<string, string> | undefined }[] = [];
  const start = clock.now();
  const queue = new AsyncInvocation({
    clock,
    store: store ?? memoryEventStore,
    describe: (functionName) =>
      functionNames.includes(functionName)
        ? {
            arn: ARN,
            settings: { ...DEFAULT_ASYNC_SETTINGS, ...settings },
            deadLetterArn,
            switchedOff: switchedOff?.() ?? false,
          }
        : undefined,
    invoke: async ({ requestId, payload }) => {
      attempts.push({ at: clock.now() - start, requestId, payload });
      return answer();
    },
    sendToArn: async (arn, body, attributes) => void sent.push({ arn, body, attributes }),
    onFault: (_functionName, text) => faults.push(text),
  });
  const times = () => attempts.map(({ at }) => at);
  return { queue, clock, attempts, times, sent, faults };
}
