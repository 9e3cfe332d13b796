import { readFileSync } from 'node:fs';
import { availableParallelism, cpus, totalmem } from 'node:os';
import { join, resolve } from 'node:path';
import type { PythonTools } from '../../common/pythonTools.ts';
import type { RunSettings } from '../../contracts/saleResults.ts';
import { PARAMETERS } from '../../ops/parameters.ts';
import type { RunContext } from './runContext.ts';
import type { SaleOptions } from './saleOptions.ts';

const root = resolve(import.meta.dirname, '../..');

/** Everything someone needs to repeat this run and to read its figures rightly. */
export function describeRun(
  settings: SaleOptions,
  args: string[],
  context: Pick<RunContext, 'kind' | 'url' | 'stage'>,
  tools: PythonTools,
): RunSettings {
  const longest = Math.max(...settings.phases.map(({ seconds }) => seconds));
  return {
    command: ['npm run sale', ...(args.length > 0 ? ['--', ...args] : [])].join(' '),
    startedAt: new Date().toISOString(),
    quick: settings.quick,
    sharedMachine: settings.sharedMachine,
    users: settings.users,
    seconds: longest,
    workers: settings.workers,
    seed: settings.seed,
    phases: settings.phases.map(({ id }) => id),
    target: { kind: context.kind, stage: context.stage?.name ?? '', url: context.url },
    parameters:
      context.kind === 'own'
        ? Object.fromEntries(PARAMETERS.flatMap((name) => parameter(name)))
        : {},
    machine: {
      cpus: availableParallelism(),
      cpuModel: cpus()[0]?.model.trim() ?? 'unknown',
      memoryGb: Math.round(totalmem() / 2 ** 30),
      platform: `${process.platform} ${process.arch}`,
    },
    versions: { ...versions(), locust: tools.version('locust') },
  };
}

function parameter(name: string): [string, string][] {
  const value = process.env[name];
  if (value === undefined || value === '') return [];
  // The report goes to others.
  return [[name, name === 'ORDER_ID_SALT' ? 'a secret' : value]];
}

function versions(): Record<string, string> {
  const packageVersion = (path: string) =>
    (JSON.parse(readFileSync(join(root, path, 'package.json'), 'utf8')) as { version: string })
      .version;
  return {
    'flash-sale': packageVersion('.'),
    node: process.versions.node,
    osls: packageVersion('node_modules/serverless'),
    fauxqs: packageVersion('node_modules/fauxqs'),
    dynalite: packageVersion('node_modules/dynalite'),
  };
}
