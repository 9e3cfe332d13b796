import { join } from 'node:path';
import { build } from 'esbuild';
import type { ChartSpec } from './chartSpec.ts';
import { Html, html, scriptJson } from './html.ts';

export interface PageContent {
  title: string;
  body: Html;
  /** What the body's chart figures show, by their index. */
  charts: ChartSpec[];
}

/** One page that loads nothing: style, charts and figures are in it. */
export async function selfContainedPage({ title, body, charts }: PageContent): Promise<string> {
  const { style, script } = await assets();
  const policy = "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'";
  return `<!doctype html>${
    html`<html lang="en">
  <head>
    <meta charset="utf-8" />
    <meta name="viewport" content="width=device-width, initial-scale=1" />
    <meta http-equiv="Content-Security-Policy" content="${policy}" />
    <title>${title}</title>
    <style>${new Html(style)}</style>
  </head>
  <body>
    <main>${body}</main>
    <script type="application/json" id="charts">${scriptJson(charts)}</script>
    <script>${new Html(script)}</script>
  </body>
</html>`.text
  }\n`;
}

async function assets(): Promise<{ style: string; script: string }> {
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
  return { style, script: script.replaceAll('</script', '<\\/script') };
}
