import type { Claim } from '../results.ts';
import { judge, type Measurements } from './claim.ts';
import { missingConfiguration } from './configuration.ts';
import { judgeColdStart, judgeFreeTier } from './cost.ts';
import { direct } from './direct.ts';
import { acceptedAtOnce, judgeProcessingRate, manyWorkers, oneWorker } from './queue.ts';
import { flashSale, normalDay } from './sync.ts';

/** The ten numbers of the document, each with what this run says of it. */
export const judgeClaims = (run: Measurements): Claim[] => [
  judge(normalDay, run),
  judge(flashSale, run),
  judge(acceptedAtOnce, run),
  judge(oneWorker, run),
  judge(manyWorkers, run),
  judgeProcessingRate(run),
  judge(direct, run),
  judgeColdStart(run),
  judgeFreeTier(run),
  judge(missingConfiguration, run),
];
