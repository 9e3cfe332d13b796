import path from 'node:path';
import type { Plugin } from 'esbuild';

/** Modules of the service, and the one in `seams/` that stands in for each: the same exports, a function wrapped. */
export type Seams = Record<string, string>;

const BOOK = 'lib/adapters/dynamoChargeBook.ts';
const STOCK = 'lib/adapters/dynamoStockStore.ts';
const PROCESS = 'lib/domain/processMessage.ts';

/** The points between two writes or calls, where a death leaves something half done. */
export const FAULT_POINTS: Seams = {
  [BOOK]: 'dynamoChargeBook.ts',
  [STOCK]: 'dynamoStockStore.ts',
  [PROCESS]: 'processMessage.ts',
  'lib/domain/chargeOrder.ts': 'chargeOrder.ts',
  'lib/domain/sweepOrders.ts': 'sweepOrders.ts',
  'lib/domain/takeAsyncOrder.ts': 'takeAsyncOrder.ts',
};

export const PROVIDER_WITHOUT_KEY: Seams = { ...FAULT_POINTS, [BOOK]: 'bookWithoutKey.ts' };

export const WORKER_ACKNOWLEDGES_FIRST: Seams = {
  ...FAULT_POINTS,
  [PROCESS]: 'acknowledgesFirst.ts',
};

export const SEAMS_FOLDER = 'test/faults/seams';

/** Puts them in place as esbuild bundles the service at `root`; only a stand-in gets to see the module itself. */
export function seamPlugin(root: string, seams: Seams): Plugin {
  const folder = path.join(root, SEAMS_FOLDER);
  return {
    name: 'seams',
    setup(build) {
      build.onResolve({ filter: /\.ts$/ }, ({ path: imported, resolveDir }) => {
        const seam = seams[path.relative(root, path.resolve(resolveDir, imported))];
        return seam === undefined || resolveDir === folder
          ? undefined
          : { path: path.join(folder, seam) };
      });
    },
  };
}
