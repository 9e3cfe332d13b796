import {
  CloudWatchClient,
  type MetricDataQuery,
  paginateGetMetricData,
} from '@aws-sdk/client-cloudwatch';
import { byWay } from '../../contracts/orderSample.ts';
import { WAYS } from '../../lib/domain/order.ts';
import { METRIC } from '../../lib/platform/metricNames.ts';
import { FUNCTION_KEYS, OWN_NAMESPACE, SERVICE } from '../serviceNames.ts';
import { functionName, type Stage } from '../stage.ts';
import type { Figures, Measured } from './measured.ts';

const MINUTE_MS = 60_000;
const MINUTES = 15;
const NEWEST_MINUTES = 3;
const COUNTERS = {
  accepted: METRIC.orderAccepted,
  completed: METRIC.orderCompleted,
  declined: METRIC.orderDeclined,
  cancelled: METRIC.orderCancelled,
};

/** Of a metric that is 1 for each promise kept, and 0 for each that was not. */
const PROMISES = { promises_kept: 'Sum', promises_ended: 'SampleCount' };

type Points = Map<string, { at: number; value: number }[]>;

/** Whole minutes from CloudWatch. The newest one is left out: its metrics are still arriving. */
export async function cloudWatchFigures(stage: Stage): Promise<Measured | undefined> {
  const endMs = Math.floor(Date.now() / MINUTE_MS) * MINUTE_MS - MINUTE_MS;
  const points = await readPoints(stage, endMs - MINUTES * MINUTE_MS, endMs);
  if ([...points.values()].every((values) => values.length === 0)) return undefined;
  return {
    recent: figuresOf(points, endMs, MINUTES),
    newest: figuresOf(points, endMs, NEWEST_MINUTES),
  };
}

async function readPoints(stage: Stage, startMs: number, endMs: number): Promise<Points> {
  const client = new CloudWatchClient({ region: stage.region });
  try {
    const pages = paginateGetMetricData(
      { client },
      {
        StartTime: new Date(startMs),
        EndTime: new Date(endMs),
        MetricDataQueries: queriesOf(stage),
      },
    );
    const points: Points = new Map();
    for await (const { MetricDataResults = [] } of pages)
      for (const { Id = '', Timestamps = [], Values = [] } of MetricDataResults) {
        const values = Timestamps.map((at, index) => ({
          at: at.getTime(),
          value: Values[index] ?? 0,
        }));
        points.set(Id, [...(points.get(Id) ?? []), ...values]);
      }
    return points;
  } finally {
    client.destroy();
  }
}

function queriesOf(stage: Stage): MetricDataQuery[] {
  const query = (
    Id: string,
    Namespace: string,
    MetricName: string,
    of: Record<string, string>,
    Stat = 'Sum',
  ) => ({
    Id,
    MetricStat: {
      Metric: {
        Namespace,
        MetricName,
        Dimensions: Object.entries(of).map(([Name, Value]) => ({ Name, Value })),
      },
      Period: MINUTE_MS / 1000,
      Stat,
    },
  });
  const own = Object.entries(COUNTERS).flatMap(([counter, name]) =>
    WAYS.map((way) => {
      const of = { service: SERVICE, stage: stage.name, way };
      return query(`${counter}_${way}`, OWN_NAMESPACE, name, of);
    }),
  );
  const ofQueued = { service: SERVICE, stage: stage.name, way: 'queued' };
  const promises = Object.entries(PROMISES).map(([id, stat]) =>
    query(id, OWN_NAMESPACE, METRIC.promiseKept, ofQueued, stat),
  );
  const throttles = FUNCTION_KEYS.map((key) =>
    query(`throttled_${key}`, 'AWS/Lambda', 'Throttles', {
      FunctionName: functionName(stage, key),
    }),
  );
  return [...own, ...promises, ...throttles];
}

function figuresOf(points: Points, endMs: number, minutes: number): Figures {
  const sum = (id: string) =>
    (points.get(id) ?? [])
      .filter(({ at }) => at >= endMs - minutes * MINUTE_MS)
      .reduce((total, { value }) => total + value, 0);
  const counted = (counter: keyof typeof COUNTERS) => byWay((way) => sum(`${counter}_${way}`));
  return {
    seconds: (minutes * MINUTE_MS) / 1000,
    accepted: counted('accepted'),
    completed: counted('completed'),
    declined: counted('declined'),
    cancelled: counted('cancelled'),
    promises: { ended: sum('promises_ended'), kept: sum('promises_kept') },
    throttled: Object.fromEntries(FUNCTION_KEYS.map((key) => [key, sum(`throttled_${key}`)])),
  };
}
