import { Logger, LogLevelThreshold } from '@aws-lambda-powertools/logger';

/** Configured by the POWERTOOLS_ variables alone. Fields of one order go into the call, never into the logger. */
export const logger = new Logger();

/** Whether this invocation is one of the sample that logs its steps: asked first, so that no other pays for them. */
export const isDebugging = (): boolean => logger.level <= LogLevelThreshold.DEBUG;
