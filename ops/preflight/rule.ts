import type { Account } from './account.ts';
import type { CompiledTemplate } from './compiledTemplate.ts';

/** What the template is held against. */
export interface Plan {
  /** From `custom.preflight` of the manifest. */
  ordersPerSecond: number;
  /** Undefined where it could not be asked: its rules then find nothing. */
  account?: Account | undefined;
}

/** Where a rule is broken, and what stands there. */
export interface Finding {
  resource: string;
  found: string;
}

export interface Rule {
  id: string;
  /** An error stops a deployment. */
  severity: 'error' | 'warning';
  /** What must hold. */
  demands: string;
  /** What breaking it costs, in orders. */
  costs: string;
  wayOut: string;
  /** AWS's own words. */
  source: string;
  find: (template: CompiledTemplate, plan: Plan) => Finding[];
  /** One value of our own template, or of an account that fits it, changed so that the rule is broken and no other. */
  fixture: Fixture;
}

export interface Fixture {
  /** Of the account instead of the template. */
  of?: 'account';
  /** From the root; in a template, past `Resources`. */
  at: string[];
  /** Undefined takes it away. */
  becomes: unknown;
}

export const LAMBDA = 'https://docs.aws.amazon.com/lambda/latest/dg';
export const SQS = 'https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide';
export const SNS = 'https://docs.aws.amazon.com/sns/latest/dg';
export const API = 'https://docs.aws.amazon.com/apigateway/latest/developerguide';
