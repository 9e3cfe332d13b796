/**
 * A synchronous function answers ten requests a second with each of its executions:
 * https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html
 */
export const REQUESTS_PER_EXECUTION = 10;
/** Lambda keeps this much of a quota from being reserved: https://docs.aws.amazon.com/lambda/latest/dg/configuration-concurrency.html */
export const UNRESERVED = 100;
/** https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-scaling.html */
export const MAPPING_INVOCATIONS = { first: 5, moreASecond: 300 / 60, most: 1250 };
export const PROVISIONED_INVOCATIONS = { perPoller: 10, moreASecond: 1000 / 60 };
/** https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/quotas-messages.html */
export const MOST_IN_FLIGHT = 120_000;
/** https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/warm-throughput.html */
export const NEW_TABLE_WRITES = 4_000;
export const PARTITION_WRITES = 1_000;

/** What a second of a region takes, by its default quotas. */
interface RegionLimits {
  publishesPerSecond: number;
  gatewayRequestsPerSecond: number;
}

/** https://docs.aws.amazon.com/general/latest/gr/sns.html */
const PUBLISHES: Record<string, number> = {
  'us-east-1': 30_000,
  ...{ 'us-west-2': 9_000, 'eu-west-1': 9_000 },
  ...{ 'us-east-2': 1_500, 'us-west-1': 1_500, 'eu-central-1': 1_500, 'ap-south-1': 1_500 },
  ...{ 'ap-northeast-1': 1_500, 'ap-southeast-1': 1_500, 'ap-southeast-2': 1_500 },
};
const PUBLISHES_ELSEWHERE = 300;
/** https://docs.aws.amazon.com/apigateway/latest/developerguide/limits.html */
const LATER_REGIONS = [
  'af-south-1',
  'ap-south-2',
  'ap-southeast-3',
  'ap-southeast-4',
  'ca-west-1',
].concat(['eu-central-2', 'eu-south-1', 'eu-south-2', 'il-central-1', 'me-central-1']);

export const regionLimits = (region: string): RegionLimits => ({
  publishesPerSecond: PUBLISHES[region] ?? PUBLISHES_ELSEWHERE,
  gatewayRequestsPerSecond: LATER_REGIONS.includes(region) ? 2_500 : 10_000,
});
