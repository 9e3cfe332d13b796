import { join } from 'node:path';
import { build } from 'esbuild';
import type { Results } from '../../contracts/saleResults.ts';
import { reportPage } from './reportPage.ts';

/** Draws `report.html` from results alone, an older run beside them where one is given. */
export async function renderReport(
  results: Results,
  older: Results | null = null,
): Promise<string> {
  const { outputFiles } = await build({
    entryPoints: ['browserCharts.ts', 'report.css'].map((name) => join(import.meta.dirname, name)),
    outdir: import.meta.dirname,
    bundle: true,
    minify: true,
    format: 'iife',
    target: 'es2022',
    write: false,
    logLevel: 'silent',
  });
  const [script = '', style = ''] = outputFiles.map(({ text }) => text);
  // A script element ends at the first "</script", wherever it stands.
  return reportPage(results, older, { style, script: script.replaceAll('</script', '<\\/script') });
}
