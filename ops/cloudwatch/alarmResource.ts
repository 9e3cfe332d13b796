import type { AlarmRule } from './alarms.ts';
import type { Metric } from './metrics.ts';

const PERIOD_SECONDS = 60;

/** The rule as CloudFormation has it. */
export function alarm(rule: AlarmRule, stackName: string, topicArn: string | undefined) {
  const { id, description, expression, minutes, ofMinutes, missing = 'notBreaching' } = rule;
  return {
    Type: 'AWS::CloudWatch::Alarm',
    Properties: {
      AlarmName: `${stackName}-${id.replace(/Alarm$/, '')}`,
      AlarmDescription: `${description}. See docs/operations.md.`,
      ...(topicArn !== undefined && { AlarmActions: [topicArn], OKActions: [topicArn] }),
      ...('above' in rule
        ? { ComparisonOperator: 'GreaterThanThreshold', Threshold: rule.above }
        : { ComparisonOperator: 'LessThanThreshold', Threshold: rule.below }),
      EvaluationPeriods: ofMinutes,
      DatapointsToAlarm: minutes,
      TreatMissingData: missing,
      ...(expression === undefined ? singleMetric(rule) : metricMath(rule, expression)),
    },
  };
}

function singleMetric({ id, metrics }: AlarmRule) {
  const [only, ...others] = Object.values(metrics);
  if (!only || others.length > 0) throw new Error(`${id} needs an expression over its metrics`);
  return {
    ...cloudFormationMetric(only.metric),
    Statistic: only.statistic,
    Period: PERIOD_SECONDS,
  };
}

function metricMath({ metrics }: AlarmRule, expression: string) {
  const sources = Object.entries(metrics).map(([Id, { metric, statistic }]) => ({
    Id,
    ReturnData: false,
    MetricStat: {
      Metric: cloudFormationMetric(metric),
      Period: PERIOD_SECONDS,
      Stat: statistic,
    },
  }));
  return { Metrics: [{ Id: 'result', Expression: expression, ReturnData: true }, ...sources] };
}

const cloudFormationMetric = ({ namespace, name, dimensions }: Metric) => ({
  Namespace: namespace,
  MetricName: name,
  Dimensions: Object.entries(dimensions).map(([Name, Value]) => ({ Name, Value })),
});
