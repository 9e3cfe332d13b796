import { injectLambdaContext } from '@aws-lambda-powertools/logger/middleware';
import { logMetrics } from '@aws-lambda-powertools/metrics/middleware';
import middy from '@middy/core';
import type {
  APIGatewayProxyEventV2,
  APIGatewayProxyStructuredResultV2,
  Context,
} from 'aws-lambda';
import { OrderError } from '../domain/errors.ts';
import type { Way } from '../domain/order.ts';
import { type JsonRequest, jsonBody } from './jsonBody.ts';
import { logger } from './logger.ts';
import { METRIC } from './metricNames.ts';
import { countByWay, metrics, publishWayMetrics } from './metrics.ts';
import { isRefusal, problemResponse } from './problems.ts';

export type HttpResponse = APIGatewayProxyStructuredResultV2;

/** Leaves time to answer with a problem before Lambda ends the invocation. */
const ANSWER_MARGIN_MS = 250;

const timeout = {
  timeoutEarlyInMillis: ANSWER_MARGIN_MS,
  timeoutEarlyResponse: () => {
    throw new Error('the function ran out of time');
  },
};

type Handler<TEvent> = (event: TEvent, context: Context) => Promise<HttpResponse>;

const measured = (handler: Handler<APIGatewayProxyEventV2>) =>
  middy(handler, timeout)
    .use(injectLambdaContext(logger))
    .use(logMetrics(metrics, { captureColdStartMetric: true }))
    .use(publishWayMetrics());

/** What every HTTP function runs in: log context, metrics, and problems for what is thrown. */
export const httpStack = (handler: Handler<APIGatewayProxyEventV2>) =>
  measured(handler).onError((request) => {
    request.response = answer(request.error);
  });

/** The same for a POST that takes an order: parses the body, and counts what is refused by its way. */
export const orderStack = (
  handler: Handler<JsonRequest>,
  wayOf: (event: APIGatewayProxyEventV2) => Way,
) =>
  measured(handler as Handler<APIGatewayProxyEventV2>)
    .use(jsonBody())
    .onError((request) => {
      if (isRefusal(request.error)) countByWay(METRIC.orderRefused, wayOf(request.event));
      request.response = answer(request.error);
    });

function answer(error: unknown): HttpResponse {
  const response = problemResponse(error);
  const known = error instanceof OrderError ? error : undefined;
  const line = { status_code: response.statusCode, code: known?.code, order_id: known?.orderId };
  // A refusal's text repeats what the buyer sent, which is not for the log.
  if (isRefusal(error)) logger.info('request refused', line);
  else if ((response.statusCode ?? 500) < 500) logger.info('request answered with a problem', line);
  else logger.error('request failed', { ...line, error: error as Error });
  return response;
}
