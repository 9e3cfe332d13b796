import './serviceEnvironment.ts';
import type {
  APIGatewayProxyEventV2,
  Context,
  ScheduledEvent,
  SNSEvent,
  SQSEvent,
} from 'aws-lambda';
import { createOrderAsync } from '../../functions/orderAsync.ts';
import { createOrderCancel } from '../../functions/orderCancel.ts';
import { createOrderStatus } from '../../functions/orderStatus.ts';
import { createOrderSweeper } from '../../functions/orderSweeper.ts';
import { createOrderSync } from '../../functions/orderSync.ts';
import { createQueueWorker } from '../../functions/queueWorker.ts';
import { createTopicProcessor } from '../../functions/topicProcessor.ts';
import { OrderError } from '../../lib/domain/errors.ts';
import type { AsyncWay } from '../../lib/domain/order.ts';
import type { TakeAsyncDeps } from '../../lib/domain/takeAsyncOrder.ts';
import type { TakeSyncDeps } from '../../lib/domain/takeSyncOrder.ts';
import { withTimeout } from '../../lib/domain/withTimeout.ts';
import type { HttpResponse } from '../../lib/platform/httpStack.ts';
import type { JsonRequest } from '../../lib/platform/jsonBody.ts';
import { metrics } from '../../lib/platform/metrics.ts';
import { problemResponse } from '../../lib/platform/problems.ts';
import type { LineNow } from '../../lib/waitWiring.ts';

/** What any of the functions needs. */
export type ServiceDeps = TakeAsyncDeps &
  TakeSyncDeps & {
    salt: string;
    leaseMs: number;
    sweepAfterMs: number;
    defaultWay: AsyncWay;
    lineNow: LineNow;
    missingFor: (way: AsyncWay) => string[];
    sweepStock: ((deadlineMs: number) => Promise<void>) | undefined;
  };

type Run = (event: never, context: Context) => Promise<unknown>;

/** The HTTP stack answers so long before Lambda's timeout, and leaves its handler where it is. */
const ANSWER_MARGIN_MS = 250;
/** Says which attempt to take an order an answer is about; only the judge reads it. */
export const ATTEMPT_HEADER = 'x-attempt';
export const CODE_HEADER = 'x-code';

/** The service's own code for each function, as its live wiring makes it, but for logs and metrics. */
export const FUNCTIONS = {
  orderSync: (deps: ServiceDeps) => http<JsonRequest>(deps, createOrderSync(deps)),
  orderAsync: (deps: ServiceDeps) => http<JsonRequest>(deps, createOrderAsync(deps)),
  orderStatus: (deps: ServiceDeps) => http<APIGatewayProxyEventV2>(deps, createOrderStatus(deps)),
  orderCancel: (deps: ServiceDeps) => http<APIGatewayProxyEventV2>(deps, createOrderCancel(deps)),
  queueWorker: (deps: ServiceDeps): Run => {
    const worker = createQueueWorker(deps);
    return async (event: SQSEvent, context) => {
      const answer = await worker(event, context);
      // Its metrics would be written at the end of the invocation, and then be gone.
      metrics.clearMetrics();
      return answer;
    };
  },
  topicProcessor: (deps: ServiceDeps): Run => {
    const processor = createTopicProcessor(deps);
    return (event: SNSEvent) => processor(event);
  },
  orderSweeper: (deps: ServiceDeps): Run => {
    const sweeper = createOrderSweeper(deps);
    return (event: ScheduledEvent, context) => sweeper(event, context);
  },
};
export type FunctionKey = keyof typeof FUNCTIONS;

const http =
  <Event>({ clock }: ServiceDeps, handler: (event: Event) => Promise<HttpResponse>): Run =>
  async (event: Event, context) => {
    const timeLeftMs = context.getRemainingTimeInMillis() - ANSWER_MARGIN_MS;
    return withTimeout(clock, timeLeftMs, handler(event)).catch(problem);
  };

function problem(error: unknown): HttpResponse {
  const response = problemResponse(error);
  if (!(error instanceof OrderError)) return response;
  const { order, code } = error;
  const about = { [ATTEMPT_HEADER]: order?.attempt_id ?? '', [CODE_HEADER]: code };
  return { ...response, headers: { ...response.headers, ...about } };
}
