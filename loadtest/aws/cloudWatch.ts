import { setTimeout as sleep } from 'node:timers/promises';
import {
  CloudWatchClient,
  type MetricDataQuery,
  type MetricDataResult,
  paginateGetMetricData,
} from '@aws-sdk/client-cloudwatch';
import { CloudWatchLogsClient, paginateFilterLogEvents } from '@aws-sdk/client-cloudwatch-logs';
import { GetFunctionConfigurationCommand } from '@aws-sdk/client-lambda';
import { spread, sum } from '../../common/statistics.ts';
import type { Phase, RuntimeSummary } from '../../contracts/saleResults.ts';
import type { FunctionKey } from '../../ops/serviceNames.ts';
import { functionName, type Stage } from '../../ops/stage.ts';
import type { RunContext } from '../running/runContext.ts';

const MINUTE_MS = 60_000;
/** Lambda's metrics are complete a little after their minute. */
const METRICS_DELAY_MS = 150_000;
const FUNCTIONS: FunctionKey[] = ['orderSync', 'orderAsync', 'queueWorker', 'topicProcessor'];
const METRICS = [
  { name: 'ConcurrentExecutions', statistic: 'Maximum' },
  { name: 'Throttles', statistic: 'Sum' },
  { name: 'Duration', statistic: 'Sum' },
] as const;

/** CloudWatch keeps minutes: a phase that starts with one shares none with the phase before it. */
export async function untilFullMinute({
  signal,
  progress,
}: Pick<RunContext, 'signal' | 'progress'>): Promise<void> {
  progress.status(
    'Waiting for a full minute, so that the minutes of CloudWatch belong to one phase',
  );
  await sleep(MINUTE_MS - (Date.now() % MINUTE_MS), undefined, { signal });
}

/** On AWS: adds to each phase what Lambda counted, once CloudWatch has it. */
export async function fillFromCloudWatch(
  { kind, stage, signal, progress }: Pick<RunContext, 'kind' | 'stage' | 'signal' | 'progress'>,
  phases: Phase[],
): Promise<void> {
  if (kind !== 'aws' || stage === null) return;
  progress.status('Waiting for CloudWatch to have the last minute');
  await sleep(METRICS_DELAY_MS, undefined, { signal });
  const cloudWatch = new CloudWatchClient({ region: stage.region });
  const logs = new CloudWatchLogsClient({ region: stage.region });
  try {
    const memoryGb = await memoryOf(stage);
    for (const phase of phases.filter(({ seconds }) => seconds > 0)) {
      const series = await metricsOf(cloudWatch, stage, phase);
      phase.summary.runtime = runtimeFrom(series, memoryGb, await coldStartsOf(logs, stage, phase));
      fillConcurrency(phase, series);
    }
  } finally {
    cloudWatch.destroy();
    logs.destroy();
  }
}

/** A metric's minutes, by function key and metric name. */
export type Series = Record<string, Record<string, { at: number; value: number }[]>>;

async function metricsOf(client: CloudWatchClient, stage: Stage, phase: Phase): Promise<Series> {
  const { startMs, endMs } = minutesOf(phase);
  const pages = paginateGetMetricData(
    { client },
    {
      StartTime: new Date(startMs),
      EndTime: new Date(endMs),
      MetricDataQueries: queriesFor(stage),
    },
  );
  const read = await Array.fromAsync(pages);
  return seriesFrom(read.flatMap(({ MetricDataResults = [] }) => MetricDataResults));
}

/** The whole minutes that a phase touches. */
function minutesOf({ startedAt, seconds }: Phase): { startMs: number; endMs: number } {
  const startMs = Date.parse(startedAt);
  return {
    startMs: Math.floor(startMs / MINUTE_MS) * MINUTE_MS,
    endMs: Math.ceil((startMs + seconds * 1000) / MINUTE_MS) * MINUTE_MS,
  };
}

const queriesFor = (stage: Stage): MetricDataQuery[] =>
  FUNCTIONS.flatMap((key) =>
    METRICS.map(({ name, statistic }) => ({
      Id: `${key}_${name}`,
      MetricStat: {
        Metric: {
          Namespace: 'AWS/Lambda',
          MetricName: name,
          Dimensions: [{ Name: 'FunctionName', Value: functionName(stage, key) }],
        },
        Period: 60,
        Stat: statistic,
      },
    })),
  );

export function seriesFrom(results: MetricDataResult[]): Series {
  const series: Series = Object.fromEntries(
    FUNCTIONS.map((key) => [key, Object.fromEntries(METRICS.map(({ name }) => [name, []]))]),
  );
  for (const { Id = '', Timestamps = [], Values = [] } of results) {
    const [key = '', name = ''] = Id.split('_');
    for (const [index, at] of Timestamps.entries()) {
      series[key]?.[name]?.push({ at: at.getTime(), value: Values[index] ?? 0 });
    }
  }
  return series;
}

/** Duration stands for the billed time: the metric is the same but for rounding and the initialisation. */
export function runtimeFrom(
  series: Series,
  memoryGb: Record<string, number>,
  coldStartMs: Record<string, number[]>,
): RuntimeSummary {
  const total = (key: string, name: string) =>
    sum((series[key]?.[name] ?? []).map(({ value }) => value));
  const each = (value: (key: string) => number) =>
    Object.fromEntries(
      FUNCTIONS.map((key) => [key, value(key)] as const).filter(([, figure]) => figure > 0),
    );
  return {
    peakConcurrency: each((key) =>
      Math.max(0, ...(series[key]?.ConcurrentExecutions ?? []).map(({ value }) => value)),
    ),
    throttles: each((key) => total(key, 'Throttles')),
    coldStarts: each((key) => coldStartMs[key]?.length ?? 0),
    billedGbSeconds: each((key) => (total(key, 'Duration') / 1000) * (memoryGb[key] ?? 0)),
    times: {},
    coldStartMs: spread(Object.values(coldStartMs).flat()),
  };
}

function fillConcurrency(phase: Phase, series: Series): void {
  const startMs = Date.parse(phase.startedAt);
  for (const sample of phase.samples) {
    const minute = Math.floor((startMs + sample.second * 1000) / MINUTE_MS) * MINUTE_MS;
    for (const key of FUNCTIONS) {
      const point = series[key]?.ConcurrentExecutions?.find(({ at }) => at === minute);
      if (point !== undefined) sample.concurrency[key] = point.value;
    }
  }
}

async function memoryOf(stage: Stage): Promise<Record<string, number>> {
  const answers = FUNCTIONS.map(async (key) => {
    const command = new GetFunctionConfigurationCommand({ FunctionName: functionName(stage, key) });
    const { MemorySize = 0 } = await stage.clients.lambda.send(command);
    return [key, MemorySize / 1024] as const;
  });
  return Object.fromEntries(await Promise.all(answers));
}

/** The Init Duration of every REPORT line that has one, as text or as JSON, in milliseconds. */
async function coldStartsOf(
  client: CloudWatchLogsClient,
  stage: Stage,
  phase: Phase,
): Promise<Record<string, number[]>> {
  const { startMs: startTime, endMs: endTime } = minutesOf(phase);
  const found: Record<string, number[]> = {};
  for (const key of FUNCTIONS) {
    const logGroupName = `/aws/lambda/${functionName(stage, key)}`;
    const filterPattern = '?"Init Duration" ?initDurationMs';
    const asked = { logGroupName, startTime, endTime, filterPattern };
    const pages = await Array.fromAsync(paginateFilterLogEvents({ client }, asked));
    const lines = pages.flatMap(({ events = [] }) => events);
    found[key] = lines.flatMap(({ message = '' }) => initDuration(message));
  }
  return found;
}

export function initDuration(reportLine: string): number[] {
  const found =
    /^REPORT .*Init Duration: ([\d.]+) ms/s.exec(reportLine)?.[1] ??
    /"type":"platform\.report".*"initDurationMs":([\d.]+)/s.exec(reportLine)?.[1];
  return found === undefined ? [] : [Number(found)];
}
