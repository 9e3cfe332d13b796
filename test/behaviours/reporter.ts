import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import type { AggregatedResult, Config, Reporter } from '@jest/reporters';
import { type Behaviour, behavioursOf, renderPage } from './behaviours.ts';

const LEAST_BEHAVIOURS = 45;

/** Lists the behaviours of the run with their sources, and holds docs/behaviours.md against them. */
export default class BehavioursReporter
  implements Pick<Reporter, 'onRunComplete' | 'getLastError'>
{
  readonly #config: Config.GlobalConfig;
  #fault: string | undefined;

  constructor(config: Config.GlobalConfig) {
    this.#config = config;
  }

  onRunComplete(_contexts: unknown, { testResults, startTime }: AggregatedResult): void {
    const behaviours = testResults.flatMap((result) =>
      behavioursOf(result, readFileSync(result.testFilePath, 'utf8')),
    );
    const seconds = (Date.now() - startTime) / 1000;
    const { testNamePattern, testPathPatterns } = this.#config;
    if (testNamePattern || testPathPatterns.isSet()) return;
    const page = renderPage(behaviours);
    process.stdout.write(`\n${page}\n${behaviours.length} behaviours in ${seconds.toFixed(0)} s\n`);
    this.#fault = faultOf(behaviours) ?? this.#faultOfPage(page);
    if (this.#fault !== undefined) process.stderr.write(`\n${this.#fault}\n`);
  }

  /** Makes the run exit with 1. */
  getLastError(): Error | undefined {
    return this.#fault === undefined ? undefined : new Error(this.#fault);
  }

  #faultOfPage(page: string): string | undefined {
    const file = path.join(this.#config.rootDir, 'docs/behaviours.md');
    if (this.#config.updateSnapshot === 'all') writeFileSync(file, page);
    return readFileSync(file, 'utf8') === page
      ? undefined
      : 'docs/behaviours.md does not list these behaviours: npm run test:behaviours -- -u writes it';
  }
}

function faultOf(behaviours: Behaviour[]): string | undefined {
  const unsourced = behaviours.filter(({ source }) => source === undefined);
  if (unsourced.length > 0)
    return [
      'No source is named above these tests, nor above a block around them:',
      ...unsourced.map(({ file, line, sentence }) => `  ${file}:${line} ${sentence}`),
    ].join('\n');
  if (behaviours.length < LEAST_BEHAVIOURS)
    return `${behaviours.length} behaviours, at least ${LEAST_BEHAVIOURS} are wanted`;
  return undefined;
}
