import type { Claim } from '../../contracts/saleResults.ts';
import { PHASE } from '../documentNumbers.ts';
import { judge, type Measurements } from './claimRule.ts';
import { missingConfiguration } from './configurationClaim.ts';
import { coldStart, freeTier } from './costClaims.ts';
import { direct } from './directClaim.ts';
import { acceptedAtOnce, manyWorkers, oneWorker, processingRate } from './queueClaims.ts';
import { soldOnce } from './stockClaim.ts';
import { flashSale, normalDay } from './syncClaims.ts';

/** The ten numbers of the document, in its order. */
const RULES = [
  normalDay,
  flashSale,
  acceptedAtOnce,
  oneWorker,
  manyWorkers,
  processingRate,
  direct,
  coldStart,
  freeTier,
  missingConfiguration,
];

/** Each of them with what this run says of it. */
export const judgeClaims = (run: Measurements): Claim[] =>
  [...RULES, ...(run.settings.phases.includes(PHASE.stock) ? [soldOnce] : [])].map((rule) =>
    judge(rule, run),
  );
