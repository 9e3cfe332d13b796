import { exactPlan } from '../exact/exact.ts';
import { type PlanOptions, readPlanOptions } from '../inputs/planOptions.ts';

export const settingsFor = (options: PlanOptions, environment: Record<string, string> = {}) =>
  readPlanOptions(options, { environment, stage: 'dev', region: 'us-east-1' });

export const planned = (options: PlanOptions, environment: Record<string, string> = {}) =>
  exactPlan(settingsFor(options, environment));
