import { readFileSync } from 'node:fs';
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
    entryPoints: [join(import.meta.dirname, 'browserCharts.ts')],
    bundle: true,
    minify: true,
    format: 'iife',
    target: 'es2022',
    write: false,
    logLevel: 'silent',
  });
  const chartStyle = readFileSync(new URL(import.meta.resolve('uplot/dist/uPlot.min.css')), 'utf8');
  const [theme, style] = ['../../common/theme.css', 'style.css'].map((name) =>
    readFileSync(join(import.meta.dirname, name), 'utf8'),
  );
  // A script element ends at the first "</script", wherever it stands.
  const script = (outputFiles[0]?.text ?? '').replaceAll('</script', '<\\/script');
  return reportPage(results, older, { style: [chartStyle, theme, style].join('\n'), script });
}
