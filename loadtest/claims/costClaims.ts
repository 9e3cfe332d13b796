import type { Phase } from '../../contracts/saleResults.ts';
import { DOCUMENT, PHASE } from '../documentNumbers.ts';
import { type Check, type ClaimRule, inRange, type Measurements, wholePhase } from './claimRule.ts';
import { onLambda } from './onLambda.ts';

const FREE_GB_SECONDS = 400_000;
const DOCUMENT_MEMORY_GB = 0.5;
/** 3 s of 256 MB shared by ten orders: nothing can be billed below it. */
const LEAST_GB_SECONDS = (DOCUMENT.paymentSeconds * 0.25) / DOCUMENT.workerBatch;
const MOST_GB_SECONDS = 0.08;
const MOST_GB_SECONDS_QUICK = 0.085;

const freeOrders = (gbSecondsPerOrder: number): number => FREE_GB_SECONDS / gbSecondsPerOrder;
const documentOrders = freeOrders(DOCUMENT.paymentSeconds * DOCUMENT_MEMORY_GB);

/** The document's own arithmetic. Beside it stands what an order costs here, and that has to hold too. */
export const freeTier: ClaimRule = {
  id: 9,
  document: 'The free tier covers 267K orders a month',
  formula: `${FREE_GB_SECONDS.toLocaleString('en')} GB-s / (3 s x 0.5 GB) = ${Math.round(documentOrders).toLocaleString('en')}`,
  mechanism: '',
  phases: [PHASE.drain, PHASE.manyWorkers],
  unmeasured: 'The workers were not billed in phase 5a or 5b.',
  checks: (run) =>
    billedPerOrder(run)
      .slice(0, 1)
      .map(({ phase, gbSeconds }) => perOrderCheck(phase, gbSeconds, run.settings.quick)),
  conclude: ([check], run) => {
    const gbSeconds = billedPerOrder(run)[0]?.gbSeconds ?? 0;
    if (check && gbSeconds < LEAST_GB_SECONDS)
      return {
        why: 'Ten payments of 3 s in 256 MB cost at least 0.075 GB-s an order: this is an error of measurement.',
      };
    const millions = (freeOrders(gbSeconds) / 1e6).toFixed(1);
    const ours = `One invocation pays ten orders at once in 256 MB, so the free tier covers ${millions} million orders here.`;
    const stretch = onLambda(run)?.stretch;
    const there =
      stretch === undefined
        ? ''
        : ` On Lambda the share of a core makes that ${(gbSeconds * stretch).toFixed(4)} GB-s an order at most, and ${(freeOrders(gbSeconds * stretch) / 1e6).toFixed(1)} million.`;
    return check?.passed ? { why: `It holds for its own terms. ${ours}${there}` } : {};
  },
};

/** Billed GB-s for each order that the workers completed; a drained backlog, of full batches, comes first. */
function billedPerOrder(run: Measurements): { phase: Phase; gbSeconds: number }[] {
  return [PHASE.drain, PHASE.manyWorkers].flatMap((id) => {
    const phase = wholePhase(run, id);
    const billed = phase?.summary.runtime?.billedGbSeconds.queueWorker;
    const orders = phase?.summary.completion?.count ?? 0;
    return phase && billed !== undefined && orders > 0
      ? [{ phase, gbSeconds: billed / orders }]
      : [];
  });
}

function perOrderCheck(phase: Phase, gbSeconds: number, quick: boolean): Check {
  return inRange(`billed for an order in phase ${phase.id}`, gbSeconds, {
    least: LEAST_GB_SECONDS,
    most: quick ? MOST_GB_SECONDS_QUICK : MOST_GB_SECONDS,
    digits: 4,
    unit: ' GB-s',
  });
}

/** Judged by AWS's own REPORT lines alone. */
export const coldStart: ClaimRule = {
  id: 8,
  document: 'A cold start of about 70 ms is 2.4 % of 3 s',
  formula: '70 ms / 3000 ms = 2.3 %',
  mechanism: '',
  phases: [],
  unmeasured:
    'Not measured here: an environment on one machine is not one of Lambda. Run it with --stage, or see the cold starts of fresh processes: npm run bench -- cold.',
  checks: () => [],
  conclude: (_checks, { phases }) => {
    const spreads = phases
      .flatMap(({ summary }) => summary.runtime?.coldStartMs ?? [])
      .filter(({ count }) => count > 0);
    const slowest = spreads.toSorted((a, b) => b.count - a.count)[0];
    if (slowest?.p50 == null) return { shouldHold: false };
    const percent = (slowest.p50 / (DOCUMENT.paymentSeconds * 1000)) * 100;
    return {
      shouldHold: false,
      expected: 'as measured',
      measured: `median ${slowest.p50.toFixed(0)} ms of ${slowest.count} cold starts, ${percent.toFixed(1)} % of a payment`,
      verdict: percent <= 5 ? 'holds' : 'does not hold',
      why: 'From the Init Duration of the REPORT lines of the phase with most cold starts.',
    };
  },
};
