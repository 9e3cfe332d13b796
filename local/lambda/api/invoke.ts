import { isObject, parseJson } from '../../../common/json.ts';
import { LambdaApiError } from '../errors.ts';
import type { InvokeOptions } from '../functions/invocation.ts';
import { oneOf, refuse } from './constraints.ts';
import type { ApiRequest, ApiResponse, ControlPlane } from './controlPlane.ts';

const TYPES = ['Event', 'RequestResponse', 'DryRun'];

/** https://docs.aws.amazon.com/lambda/latest/api/API_Invoke.html */
export async function invoke(lambda: ControlPlane, request: ApiRequest): Promise<ApiResponse> {
  const { headers, query } = request;
  const type = headers['x-amz-invocation-type'] ?? 'RequestResponse';
  refuse([oneOf('invocationType', type, TYPES)]);
  const result = await lambda.invoke(request.name, jsonText(request.body), {
    qualifier: query.get('Qualifier') ?? undefined,
    type: type as NonNullable<InvokeOptions['type']>,
    clientContext: clientContext(headers['x-amz-client-context']),
    traceId: headers['x-amzn-trace-id'] as string | undefined,
    logTail: headers['x-amz-log-type'] === 'Tail',
  });
  const { statusCode, payload, requestId, functionError, logTail } = result;
  return {
    statusCode,
    headers: {
      'x-amzn-requestid': requestId,
      ...(statusCode === 200 && { 'x-amz-executed-version': '$LATEST' }),
      ...(functionError && { 'x-amz-function-error': functionError }),
      ...(logTail !== undefined && { 'x-amz-log-result': Buffer.from(logTail).toString('base64') }),
    },
    body: payload,
  };
}

function jsonText(body: string): string {
  if (body === '') return '{}';
  try {
    JSON.parse(body);
    return body;
  } catch (error) {
    const reason = (error as Error).message;
    throw new LambdaApiError(
      'InvalidRequestContentException',
      400,
      `Could not parse request body into json: ${reason}`,
    );
  }
}

/** Base64 of JSON text. */
function clientContext(header: string | string[] | undefined): string | undefined {
  if (header === undefined) return undefined;
  const text = Buffer.from(String(header), 'base64').toString();
  if (isObject(parseJson(text))) return text;
  throw new LambdaApiError(
    'InvalidRequestContentException',
    400,
    'Client context must be a valid Base64-encoded JSON object.',
  );
}
