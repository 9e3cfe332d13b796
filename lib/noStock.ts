import type { unitStock as stockOf, stockSweep as sweepOf } from './stockWiring.ts';

/** In the place of `stockWiring.ts` in the bundles of a stage without a stock. */
export const unitStock: typeof stockOf = () => undefined;
export const stockSweep: typeof sweepOf = () => undefined;
