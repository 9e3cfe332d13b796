import { writeFileSync } from 'node:fs';
import { renderReport } from '../report/reportPage.ts';
import { syntheticRun } from './syntheticRun.ts';

/** `node syntheticReport.ts FILE`: the report of a run that nobody ran, for those who look at it in a browser. */
writeFileSync(
  process.argv[2] ?? 'report.html',
  await renderReport(syntheticRun({ failing: 0.1 }), syntheticRun()),
);
