/**
 * Dollars in us-east-1, on demand, read in September 2026; any free tier is left out.
 * https://aws.amazon.com/lambda/pricing/ (arm64), https://aws.amazon.com/api-gateway/pricing/ (HTTP API),
 * https://aws.amazon.com/sns/pricing/, https://aws.amazon.com/sqs/pricing/, https://aws.amazon.com/dynamodb/pricing/on-demand/
 */
export const PRICES = {
  lambdaGbSecond: 0.0000133334,
  lambdaRequest: 0.2e-6,
  apiRequest: 1e-6,
  topicPublish: 0.5e-6,
  queueRequest: 0.4e-6,
  tableWriteUnit: 0.625e-6,
  tableReadUnit: 0.125e-6,
};
