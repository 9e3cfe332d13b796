import { readFile } from 'node:fs/promises';
import path from 'node:path';
import type { Answer } from './route.ts';
import type { PageEntries } from './servicePanels.ts';

const FOLDER = path.join(import.meta.dirname, 'page');

/** The page of a service that brings no panels. */
export const FRAME_PAGE: PageEntries = {
  script: path.join(FOLDER, 'frameEntry.ts'),
  style: path.join(FOLDER, 'page.css'),
};

/** Scripts and styles come from here alone, so markup in an order's text could not run even if it got in. */
const policy = (api: string) =>
  [
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    `connect-src 'self' ${api}`.trim(),
    'img-src data:',
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
  ].join('; ');

/** `api`: where a page may send what it shows how to send. */
const headers = (api = '') => ({
  'content-security-policy': policy(api),
  'referrer-policy': 'no-referrer',
  'cache-control': 'no-cache',
});

type Bundle = Record<keyof PageEntries, string>;

/** The page's script and style, bundled when a page first asks: starting the service does not wait for it. */
export class PageAssets {
  readonly #entries: PageEntries;
  #bundle: Promise<Bundle> | undefined;

  constructor(entries: PageEntries) {
    this.#entries = entries;
  }

  async get(name: keyof PageEntries): Promise<Answer> {
    this.#bundle ??= build(this.#entries).catch((error) => {
      this.#bundle = undefined;
      throw error;
    });
    const type = name === 'script' ? 'text/javascript' : 'text/css';
    return { type: `${type}; charset=utf-8`, body: (await this.#bundle)[name], headers: headers() };
  }
}

export async function pageDocument(api: string): Promise<Answer> {
  const body = await readFile(path.join(FOLDER, 'index.html'), 'utf8');
  return { type: 'text/html; charset=utf-8', body, headers: headers(api) };
}

async function build({ script, style }: PageEntries): Promise<Bundle> {
  const esbuild = await import('esbuild');
  try {
    const { outputFiles } = await esbuild.build({
      entryPoints: [script, style],
      outdir: FOLDER,
      bundle: true,
      minify: true,
      write: false,
      format: 'esm',
      target: 'es2022',
      // Node's condition of lit-html is for rendering on a server.
      conditions: ['browser'],
      legalComments: 'none',
    });
    const textOf = (extension: string) =>
      outputFiles.find(({ path: file }) => file.endsWith(extension))?.text ?? '';
    return { script: textOf('.js'), style: textOf('.css') };
  } finally {
    await esbuild.stop();
  }
}
