import { UsageError } from '../../../common/usageError.ts';

/** How long payments take. */
export interface PaymentTime {
  text: string;
  /** Seconds that this share of the payments does not exceed. */
  quantile: (share: number) => number;
  meanSeconds: number;
}

const MOST_SECONDS = 20;
const NUMBER = '(\\d+(?:\\.\\d+)?)';
const CONSTANT = new RegExp(`^${NUMBER}$`);
const EVEN = new RegExp(`^${NUMBER}\\.\\.${NUMBER}$`);
const LOGNORMAL = new RegExp(`^p50:${NUMBER},p99:${NUMBER}$`);

const RULE = `must be seconds from 0 to ${MOST_SECONDS}: always the same (3), evenly between two (2..4), or log-normal (p50:3,p99:8)`;

/** Reads `3`, `2..4` or `p50:3,p99:8`. */
export function readPaymentTime(text: string): PaymentTime {
  const isLogNormal = text.startsWith('p50');
  const [, first, second = first] =
    CONSTANT.exec(text) ?? EVEN.exec(text) ?? LOGNORMAL.exec(text) ?? [];
  const [low, high] = [Number(first), Number(second)];
  if (!(low <= high && high <= MOST_SECONDS) || (isLogNormal && low === 0))
    throw new UsageError(`--payment: ${RULE}, got ${JSON.stringify(text)}`);
  if (isLogNormal) return logNormal(low, high);
  return {
    text: low === high ? `${low} s` : `evenly ${low} to ${high} s`,
    quantile: (share) => low + share * (high - low),
    meanSeconds: (low + high) / 2,
  };
}

/** About the longest of so many payments: what a batch waits for. */
export const longestOf = ({ quantile }: PaymentTime, payments: number): number =>
  quantile(payments / (payments + 1));

function logNormal(median: number, p99: number): PaymentTime {
  const sigma = Math.log(p99 / median) / normalQuantile(0.99);
  return {
    text: `${median} s in the median and ${p99} s at p99 (log-normal)`,
    quantile: (share) => Math.min(MOST_SECONDS, median * Math.exp(sigma * normalQuantile(share))),
    meanSeconds: median * Math.exp(sigma ** 2 / 2),
  };
}

/** Abramowitz and Stegun, 26.2.23: within 0.0005. */
function normalQuantile(share: number): number {
  const tail = Math.max(1e-9, Math.min(share, 1 - share));
  const t = Math.sqrt(-2 * Math.log(tail));
  const numerator = 2.515517 + 0.802853 * t + 0.010328 * t ** 2;
  const denominator = 1 + 1.432788 * t + 0.189269 * t ** 2 + 0.001308 * t ** 3;
  const distance = t - numerator / denominator;
  return share < 0.5 ? -distance : distance;
}
