import { LogFormatter, Logger, LogItem, LogLevelThreshold } from '@aws-lambda-powertools/logger';
import type { LogAttributes, UnformattedAttributes } from '@aws-lambda-powertools/logger/types';

/** Without it, the id leads nowhere. */
const isTraced = (): boolean => process.env._X_AMZN_TRACE_ID?.includes('Sampled=1') ?? false;

/** What differs from line to line: service, function, memory size and the like are known from the log group. */
class ShortFormatter extends LogFormatter {
  formatAttributes(attributes: UnformattedAttributes, more: LogAttributes): LogItem {
    const line = {
      level: attributes.logLevel,
      message: attributes.message,
      timestamp: this.formatTimestamp(attributes.timestamp),
      // As Lambda's own lines name it.
      requestId: attributes.lambdaContext?.awsRequestId,
      ...(isTraced() && { xray_trace_id: attributes.xRayTraceId }),
    };
    return new LogItem({ attributes: line }).addAttributes(more);
  }
}

// What Lambda lets through, which is everything for the sake of the sampled invocations: Powertools would log all of it.
delete process.env.AWS_LAMBDA_LOG_LEVEL;

/** Configured by the POWERTOOLS_ variables. Fields of one order go into the call, never into the logger. */
export const logger = new Logger({ logFormatter: new ShortFormatter() });

/** Whether this invocation is one of the sample that logs its steps: asked first, so that no other pays for them. */
export const isDebugging = (): boolean => logger.level <= LogLevelThreshold.DEBUG;
