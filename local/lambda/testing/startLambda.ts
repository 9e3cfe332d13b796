import type { FunctionModel } from '../../template/model.ts';
import { Lambda } from '../lambda.ts';
import type { LambdaOptions } from '../lambdaOptions.ts';
import { removeZips } from './functions.ts';

export const ACCOUNT = { accountId: '000000000000', region: 'us-east-1' };

const started = new Set<Lambda>();

export interface TestLambda {
  lambda: Lambda;
  /** Everything that was logged, without the key. */
  lines: string[];
  /** Invokes and parses the answer. */
  call: (event?: unknown, functionName?: string) => Promise<CallResult>;
}

export interface CallResult {
  answer: unknown;
  error: { errorType: string; errorMessage: string } | undefined;
  requestId: string;
}

/** A running Lambda with these functions; `stopLambdas` ends it. */
export async function startLambda(
  functions: FunctionModel[],
  options: Partial<LambdaOptions> = {},
): Promise<TestLambda> {
  const lines: string[] = [];
  const onLog = (_key: string, line: string) => lines.push(line);
  const lambda = new Lambda({ ...ACCOUNT, functions, onLog, ...options });
  started.add(lambda);
  await lambda.start();
  const call = async (event: unknown = {}, functionName = functions[0]?.name ?? '') => {
    const result = await lambda.invoke(functionName, JSON.stringify(event));
    const answer: unknown = JSON.parse(result.payload);
    const error = result.functionError ? (answer as CallResult['error']) : undefined;
    return { answer, error, requestId: result.requestId };
  };
  return { lambda, lines, call };
}

/** For `afterAll`: ends all that the file has started. */
export async function stopLambdas(): Promise<void> {
  await Promise.all([...started].map((lambda) => lambda.stop({ graceMs: 0 })));
  started.clear();
  removeZips();
}

/** Waits until `condition` holds; what is waited for happens in another thread and sends no event. */
export async function until(
  condition: () => boolean,
  { withinMs = 5000, everyMs = 5 } = {},
): Promise<void> {
  const deadline = performance.now() + withinMs;
  while (!condition()) {
    if (performance.now() > deadline)
      throw new Error(`Did not come true in ${withinMs} ms: ${condition}`);
    await new Promise((resolve) => setTimeout(resolve, everyMs));
  }
}
