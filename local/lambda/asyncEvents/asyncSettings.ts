import type { AsyncInvocationModel } from '../../template/model.ts';

/** What an EventInvokeConfig says. */
export type AsyncSettings = Omit<AsyncInvocationModel, 'functionName'>;

export const DEFAULT_ASYNC_SETTINGS: AsyncSettings = {
  maximumRetryAttempts: 2,
  maximumEventAgeSeconds: 6 * 3600,
  onFailureArn: undefined,
  onSuccessArn: undefined,
};

export interface AsyncFunction {
  arn: string;
  settings: AsyncSettings;
  deadLetterArn: string | undefined;
  /** Reserved concurrency 0: nothing is tried, everything goes to the failure destination. */
  switchedOff: boolean;
}

export type SendToArn = (
  arn: string,
  body: string,
  attributes?: Record<string, string>,
) => Promise<void>;
