import type { Patch } from './patch.ts';

/** One line that is wrong on purpose, and the behaviour that has to notice. */
export interface Mutant extends Patch {
  testFile: string;
  /** The test's full name: that of its blocks, then its own. */
  test: string;
  /** Why `npm run simulate` cannot come across it; it has to find all others. */
  unsimulated?: string;
}

const THREADS = 'the simulation has environments of its own, without threads';
const NO_HTTP = 'the simulation has no HTTP';
const NO_EMULATOR = 'the simulation has a topic of its own';

export const MUTANTS: Mutant[] = [
  {
    file: 'local/lambda/environments/functionRuntime.ts',
    find: 'this.#idle.push(environment);',
    replace: '',
    testFile: 'local/lambda/environments/executionEnvironment.test.ts',
    test: 'an execution environment is used again by the next invocation, with the state its modules have',
    unsimulated: THREADS,
  },
  {
    file: 'local/lambda/environments/functionRuntime.ts',
    find: 'environment.initMs = undefined;',
    replace: '',
    testFile: 'local/lambda/environments/executionEnvironment.test.ts',
    test: 'an execution environment evaluates the code once, at its first invocation, and reports the init duration with that one only',
    unsimulated: THREADS,
  },
  {
    file: 'local/lambda/environments/functionRuntime.ts',
    find: 'if (oldest.idleSince + IDLE_MS > now) break;',
    replace: 'if (oldest.idleSince + 2 * IDLE_MS > now) break;',
    testFile: 'local/lambda/environments/executionEnvironment.test.ts',
    test: 'an execution environment is dropped when it has been idle for some minutes',
    unsimulated: THREADS,
  },
  {
    file: 'local/lambda/environments/host/instance.ts',
    find: 'this.resources.end();',
    replace: '',
    testFile: 'local/lambda/functions/functionTimeout.test.ts',
    test: 'a function timeout leaves nothing of the old environment alive: timers, requests, output',
    unsimulated: THREADS,
  },
  {
    file: 'local/lambda/environments/executionEnvironment.ts',
    find: 'const timer = setTimeout(() => this.#onTimeout(), timeoutMs);',
    replace: 'const timer = setTimeout(() => this.#onTimeout(), timeoutMs * 10);',
    testFile: 'local/lambda/functions/functionTimeout.test.ts',
    test: 'a function timeout fails the invocation in the words of AWS and replaces the environment',
    unsimulated: THREADS,
  },
  {
    file: 'local/lambda/functions/concurrency.ts',
    find: 'usage.running >= usage.reserved',
    replace: 'usage.running > usage.reserved',
    testFile: 'local/lambda/functions/concurrency.test.ts',
    test: 'concurrency of a function with a reservation ends at it, whatever the account has left',
  },
  {
    file: 'local/lambda/functions/concurrency.ts',
    find: 'this.unreservedRunning >= this.unreservedLimit',
    replace: 'this.unreservedRunning >= this.accountQuota',
    testFile: 'local/lambda/functions/concurrency.test.ts',
    test: "concurrency of all other functions together ends at the account's quota less all reservations",
  },
  {
    file: 'local/lambda/functions/platformLines.ts',
    find: 'return Math.ceil(durationMs + (initMs ?? 0));',
    replace: 'return Math.ceil(durationMs);',
    testFile: 'local/lambda/functions/invoke.test.ts',
    test: 'the log of an invocation bills the init phase together with the duration',
    unsimulated: 'the simulation writes no log of an invocation',
  },
  {
    file: 'local/lambda/functions/payloadLimits.ts',
    find: 'const ASYNC_LIMIT_BYTES = 1_048_576;',
    replace: 'const ASYNC_LIMIT_BYTES = SYNC_LIMIT_BYTES;',
    testFile: 'local/lambda/functions/invoke.test.ts',
    test: 'an invocation takes 6 MB synchronously and 1 MB asynchronously, and no byte more',
    unsimulated: NO_HTTP,
  },
  {
    file: 'local/gateway/lambdaIntegration.ts',
    find: '429: SERVICE_UNAVAILABLE',
    replace: "429: { status: 429, text: 'Too Many Requests' }",
    testFile: 'local/gateway/httpGateway.test.ts',
    test: 'the HTTP API answers 503 {"message":"Service Unavailable"} at once when the function is throttled',
  },
  {
    file: 'local/gateway/routeThrottling.ts',
    find: 'this.#tokens -= 1;',
    replace: '',
    testFile: 'local/gateway/routeThrottling.test.ts',
    test: 'throttling answers 429 beyond the limit, without calling the function',
  },
  {
    file: 'local/gateway/requestBody.ts',
    find: "({ body: body.toString('base64'), isBase64Encoded: true })",
    replace: "{ body: body.toString('utf8'), isBase64Encoded: false }",
    testFile: 'local/gateway/eventV2.test.ts',
    test: 'payload format 2.0 hands over a body without a content type in base64',
    unsimulated: NO_HTTP,
  },
  {
    file: 'local/gateway/integrationResponse.ts',
    find: "return value.flatMap((cookie) => header('set-cookie', cookie, 'cookies'));",
    replace: "return header('set-cookie', value.join('; '), 'cookies');",
    testFile: 'local/gateway/integrationResponse.test.ts',
    test: 'the answer that a function result makes sends each cookie of format 2.0 as a set-cookie header',
    unsimulated: 'no function of the service sets a cookie',
  },
  {
    file: 'local/lambda/eventSourceMappings/scaling.ts',
    find: 'initial: 5',
    replace: 'initial: 10',
    testFile: 'local/lambda/eventSourceMappings/eventSourceMapping.test.ts',
    test: 'concurrency of a mapping starts with five invocations and grows by one in 0.2 s (300 a minute) while all are taken',
  },
  {
    file: 'local/lambda/eventSourceMappings/scaling.ts',
    find: 'perMinute: 300',
    replace: 'perMinute: 60',
    testFile: 'local/lambda/eventSourceMappings/eventSourceMapping.test.ts',
    test: 'concurrency of a mapping starts with five invocations and grows by one in 0.2 s (300 a minute) while all are taken',
  },
  {
    file: 'local/lambda/eventSourceMappings/scaling.ts',
    find: 'return Math.min(this.#allowed, maximumConcurrency ?? this.#pace.maximum);',
    replace: 'return this.#allowed;',
    testFile: 'local/lambda/eventSourceMappings/eventSourceMapping.test.ts',
    test: 'concurrency of a mapping holds maximumConcurrency, and reads nothing more from the queue at that',
  },
  {
    file: 'local/lambda/eventSourceMappings/batch.ts',
    find: 'if (!failedIds.isSubsetOf(new Set(messages.map(({ messageId }) => messageId)))) return messages;',
    replace: '',
    testFile: 'local/lambda/eventSourceMappings/batchFailures.test.ts',
    test: 'with ReportBatchItemFailures an empty identifier means that the whole batch failed',
  },
  {
    file: 'local/lambda/eventSourceMappings/eventSourceMapping.ts',
    find: 'if (clock.now() + waitMs >= visibleAgainAt) return undefined;',
    replace: '',
    testFile: 'local/lambda/eventSourceMappings/batchFailures.test.ts',
    test: 'a throttled batch is let go when its visibility timeout ends, and returns with one more receive',
  },
  {
    file: 'local/lambda/eventSourceMappings/eventSourceMapping.ts',
    find: 'onFilteredOut: (messages) => this.#track(this.#delete(messages))',
    replace: 'onFilteredOut: () => undefined',
    testFile: 'local/lambda/eventSourceMappings/filterCriteria.test.ts',
    test: 'filter criteria of a queue delete what they leave out, without an invocation',
  },
  {
    file: 'local/lambda/asyncEvents/asyncWaits.ts',
    find: 'const RETRY_WAITS_MS = [1 * MINUTE_MS, 2 * MINUTE_MS];',
    replace: 'const RETRY_WAITS_MS = [1 * MINUTE_MS, 1 * MINUTE_MS];',
    testFile: 'local/lambda/asyncEvents/asyncInvocation.test.ts',
    test: 'an asynchronous event is tried twice more after function errors: after one minute, and two minutes later',
  },
  {
    file: 'local/lambda/asyncEvents/asyncInvocation.ts',
    find: 'const dueAtMs = Math.min(event.dueAtMs, this.#expiresAtMs(event));',
    replace: 'const dueAtMs = event.dueAtMs;',
    testFile: 'local/lambda/asyncEvents/asyncInvocation.test.ts',
    test: 'an asynchronous event is dropped when it reaches its maximum age',
  },
  {
    file: 'local/lambda/asyncEvents/destinationRecord.ts',
    find: "approximateInvokeCount: event.failedAttempts + (condition === 'Success' ? 1 : 0)",
    replace: 'approximateInvokeCount: event.failedAttempts',
    testFile: 'local/lambda/asyncEvents/destinationRecord.test.ts',
    test: 'the record of an asynchronous event that succeeded goes to the success destination',
    unsimulated: 'no function of the service has a destination for success',
  },
  {
    file: 'local/emulators/topicDelivery.ts',
    find: '({ ...this.#subscription, endpoint: arn, rawMessageDelivery: false })',
    replace:
      '{ ...this.#subscription, filterPolicy: undefined, endpoint: arn, rawMessageDelivery: false }',
    testFile: 'local/emulators/topicDelivery.test.ts',
    test: 'A subscription of a function to a topic gives the function one event for each message that its filter lets through',
    unsimulated: NO_EMULATOR,
  },
  {
    file: 'local/emulators/topicDelivery.ts',
    find: 'await this.#giveUp(message, error.message);',
    replace: '',
    testFile: 'local/emulators/topicDelivery.test.ts',
    test: 'A subscription of a function to a topic keeps what cannot be handed over in its dead-letter queue',
    unsimulated: NO_EMULATOR,
  },
  {
    file: 'local/lambda/schedules/schedule.ts',
    find: 'if (this.#model.enabled) this.#waitForNext(this.#clock.now());',
    replace: 'this.#waitForNext(this.#clock.now());',
    testFile: 'local/lambda/schedules/schedule.test.ts',
    test: 'a schedule does nothing while it is disabled or once it has stopped',
  },
];
