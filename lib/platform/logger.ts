import { Logger } from '@aws-lambda-powertools/logger';

/** Configured by the POWERTOOLS_ variables alone. Fields of one order go into the call, never into the logger. */
export const logger = new Logger();
