import '../../lib/testing/environment.ts';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { parse } from 'yaml';
import { OWN_NAMESPACE, SERVICE } from '../serviceNames.ts';
import { alarmRules } from './alarms.ts';
import type { Metric } from './metrics.ts';
import { writtenMetrics } from './testing/writtenMetrics.ts';
import { widgets } from './widgets.ts';

/** Written, and on no widget: none by now. Whoever adds one here says why. */
const NOT_SHOWN: string[] = [];

/** A metric with its dimensions; that of a function's name has a value for each function. */
const written = ({ namespace, name, dimensions }: Metric): string => {
  const pairs = Object.entries(dimensions).map(([dimension, value]) =>
    dimension === 'function_name' ? dimension : `${dimension}=${String(value)}`,
  );
  return [namespace, name, ...pairs].join(' ');
};

const isOwn = ({ namespace }: Metric): boolean => namespace === OWN_NAMESPACE;
const watched = alarmRules({ isSweeping: true, hasStock: true, stage: 'test' })
  .flatMap(({ metrics }) => Object.values(metrics).map(({ metric }) => metric))
  .filter(isOwn)
  .map(written);
const shown = widgets(256, 'test', true)
  .flatMap(({ rows }) => rows.flatMap(({ metric }) => metric ?? []))
  .filter(isOwn)
  .map(written);

describe("The service's own metrics", () => {
  let emitted: Set<string>;
  beforeAll(async () => {
    emitted = new Set((await writtenMetrics()).map(written));
  });
  afterAll(() => {
    jest.restoreAllMocks();
  });

  it('are written as dashboard and alarms ask for them, dimensions and all', () => {
    const neverWritten = [...watched, ...shown].filter((metric) => !emitted.has(metric));

    expect(neverWritten).toEqual([]);
  });

  it('are all on the dashboard, but for those that are left out on purpose', () => {
    const unseen = [...emitted].filter((metric) => !shown.includes(metric));

    expect(unseen).toEqual(NOT_SHOWN);
  });

  it('go by the namespace and the service of the manifest', () => {
    const file = path.resolve(import.meta.dirname, '../../serverless.yml');
    const { service, provider } = parse(readFileSync(file, 'utf8'), { logLevel: 'silent' }) as {
      service: string;
      provider: { environment: Record<string, string> };
    };

    expect(provider.environment).toMatchObject({
      POWERTOOLS_METRICS_NAMESPACE: OWN_NAMESPACE,
      // biome-ignore lint/suspicious/noTemplateCurlyInString: the framework's own syntax
      POWERTOOLS_SERVICE_NAME: '${self:service}',
    });
    expect(service).toBe(SERVICE);
  });
});
