import { describe, expect, it } from '@jest/globals';
import { lambdaFunction, mapping, queue, read } from './testing/template.ts';

const readMapping = (
  ofMapping: Record<string, unknown>,
  ofFunction: Record<string, unknown> = {},
  ofQueue: Record<string, unknown> = {},
) =>
  read({ Queue: queue(ofQueue), Worker: lambdaFunction(ofFunction), Mapping: mapping(ofMapping) });

// https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-configure.html
// https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-scaling.html
// https://docs.aws.amazon.com/lambda/latest/api/API_CreateEventSourceMapping.html
describe('A mapping that AWS refuses', () => {
  it.each([
    [
      'a visibility timeout shorter than the function may run',
      () => readMapping({}, { Timeout: 31 }),
      'Queue visibility timeout: 30 seconds is less than Function timeout: 31 seconds',
    ],
    [
      'a maximum concurrency below 2',
      () => readMapping({ ScalingConfig: { MaximumConcurrency: 1 } }),
      'MaximumConcurrency must be 2 to 1000, got 1',
    ],
    [
      'more than ten messages without a window',
      () => readMapping({ BatchSize: 11 }),
      'BatchSize 11 needs a MaximumBatchingWindowInSeconds of at least 1',
    ],
  ])('stops the start: %s', (_fault, start, text) => {
    expect(start).toThrow(`AWS would refuse this manifest:\n  orders -> shop-test-worker: ${text}`);
  });

  it('is told with all of its faults at once', () => {
    const start = () =>
      readMapping(
        { BatchSize: 11, ScalingConfig: { MaximumConcurrency: 1 } },
        { Timeout: 10 },
        { VisibilityTimeout: 9 },
      );

    expect(start).toThrow(/less than Function timeout.*\n.*MaximumConcurrency.*\n.*BatchSize 11/);
  });

  it('is not one at the bounds, nor with a maximum above the reserved concurrency', () => {
    const { eventSourceMappings } = readMapping(
      {
        BatchSize: 11,
        MaximumBatchingWindowInSeconds: 1,
        ScalingConfig: { MaximumConcurrency: 2 },
      },
      { Timeout: 30, ReservedConcurrentExecutions: 1 },
    );

    expect(eventSourceMappings).toHaveLength(1);
  });
});
