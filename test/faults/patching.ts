import { readFileSync } from 'node:fs';
import type { Plugin } from 'esbuild';
import type { Patch } from './patches.ts';

/** What a fault point does in the bundle: asks the fault server, and meets its answer. */
const FAULT_POINT = `
import { request } from 'node:http';

const ask = (address) =>
  new Promise((resolve, reject) => {
    const asking = request(address, { agent: false }, (response) => {
      response.setEncoding('utf8').on('data', resolve).on('error', reject);
    });
    asking.on('error', reject).end();
  });

export async function faultPoint(point, { order_id, way }) {
  const action = await ask(process.env.FAULT_POINTS_URL + '?point=' + point + '&way=' + way + '&order=' + order_id);
  if (action === 'throw') throw new Error('on purpose: ' + point);
  if (action === 'exit') process.exit(1);
  if (action === 'hang') await new Promise(() => {});
}`;

/** Applies the patches while esbuild reads the sources. */
export function patching(patches: Patch[]): Plugin {
  const escaped = [...new Set(patches.map(({ file }) => file.replaceAll('.', '\\.')))];
  return {
    name: 'patching',
    setup(build) {
      build.onResolve({ filter: /^fault-point$/ }, () => ({
        path: 'fault-point',
        namespace: 'fault',
      }));
      build.onLoad({ filter: /.*/, namespace: 'fault' }, () => ({ contents: FAULT_POINT }));
      build.onLoad({ filter: new RegExp(`(${escaped.join('|')})$`) }, ({ path }) => ({
        contents: patched(
          path,
          patches.filter(({ file }) => path.endsWith(file)),
        ),
        loader: 'ts',
      }));
    },
  };
}

function patched(path: string, patches: Patch[]): string {
  const text = patches.reduce(
    (source, { find, replace }) => source.replace(find, () => replace),
    readFileSync(path, 'utf8'),
  );
  return text.includes('faultPoint(') ? `import { faultPoint } from 'fault-point';\n${text}` : text;
}
