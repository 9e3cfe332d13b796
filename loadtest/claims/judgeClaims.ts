import type { Claim } from '../../contracts/saleResults.ts';
import { judge, type Measurements } from './claimRule.ts';
import { missingConfiguration } from './configurationClaim.ts';
import { judgeColdStart, judgeFreeTier } from './costClaims.ts';
import { direct } from './directClaim.ts';
import { acceptedAtOnce, judgeProcessingRate, manyWorkers, oneWorker } from './queueClaims.ts';
import { flashSale, normalDay } from './syncClaims.ts';

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
