/** When the prices were read. */
export const PRICES_READ = 'September 2026';

/**
 * Dollars in us-east-1, on demand; any free tier is left out. These are the only prices of the project.
 * https://aws.amazon.com/lambda/pricing/ (arm64), https://aws.amazon.com/api-gateway/pricing/ (HTTP API),
 * https://aws.amazon.com/sns/pricing/, https://aws.amazon.com/sqs/pricing/, https://aws.amazon.com/dynamodb/pricing/on-demand/,
 * https://aws.amazon.com/cloudwatch/pricing/, https://aws.amazon.com/xray/pricing/, https://aws.amazon.com/ec2/pricing/on-demand/
 */
export const PRICES = {
  lambdaGbSecond: 0.0000133334,
  lambdaRequest: 0.2e-6,
  apiRequest: 1e-6,
  topicPublish: 0.5e-6,
  queueRequest: 0.4e-6,
  tableWriteUnit: 0.625e-6,
  tableReadUnit: 0.125e-6,
  tableGbMonth: 0.25,
  backupGbMonth: 0.2,
  logGb: 0.5,
  logGbMonth: 0.03,
  metricMonth: 0.3,
  /** Of each metric that an alarm looks at. */
  alarmMonth: 0.1,
  dashboardMonth: 3,
  trace: 5e-6,
  sentGb: 0.09,
};
