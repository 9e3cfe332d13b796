import { FUNCTION_RULES } from './functions.ts';
import { HTTP_API_RULES } from './httpApi.ts';
import { MESSAGE_RULES } from './messages.ts';
import type { ResourceRules } from './rule.ts';
import { SCHEDULE_RULES } from './schedules.ts';
import { tableFaults } from './tables.ts';

/**
 * What AWS refuses in one resource, by its type: from the pages of its API and of CloudFormation, and from what was
 * recorded of its answers (https://github.com/badmintoncryer/cdk-preflight/tree/main/rules).
 */
export const DEPLOY_RULES: Record<string, ResourceRules> = {
  ...FUNCTION_RULES,
  ...MESSAGE_RULES,
  ...SCHEDULE_RULES,
  ...HTTP_API_RULES,
  'AWS::DynamoDB::Table': { values: {}, together: tableFaults },
  'AWS::DynamoDB::GlobalTable': { values: {}, together: tableFaults },
};
