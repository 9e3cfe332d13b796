export interface Bench {
  about: string;
  /** Every pair starts both sides anew, as a run does. */
  arePairsRuns?: true;
  run(
    pairs: number,
    onProgress: (text: string) => void,
    options?: BenchOptions,
  ): Promise<BenchResult>;
}

export interface BenchOptions {
  /** Another checkout of this project, measured beside this one. */
  against?: string | undefined;
  /** Of the long sale. */
  orders?: number | undefined;
}

export interface BenchResult {
  name: string;
  pairs: number;
  ratios: Ratio[];
}

/** How many times better one side is than the other, over all pairs. */
export interface Ratio {
  what: string;
  median: number;
  least: number;
  most: number;
  /** The bounds that the median keeps. */
  atLeast: number;
  atMost?: number | undefined;
}

export function ratioOf(what: string, ratios: number[], atLeast: number, atMost?: number): Ratio {
  const [least, most] = [Math.min(...ratios), Math.max(...ratios)];
  return {
    ...{ what, median: medianOf(ratios), least, most, atLeast },
    ...(atMost !== undefined && { atMost }),
  };
}

export function medianOf(values: number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = (sorted.length - 1) / 2;
  return (at(sorted, Math.floor(middle)) + at(sorted, Math.ceil(middle))) / 2;
}

export const isKept = ({ median, atLeast, atMost = Number.POSITIVE_INFINITY }: Ratio): boolean =>
  median >= atLeast && median <= atMost;

export function describeResult({ name, pairs, ratios }: BenchResult): string {
  const lines = ratios.map((ratio) => {
    const { what, median, least, most, atLeast, atMost } = ratio;
    const spread = `${digits(least)} to ${digits(most)}`;
    const bounds = `at least ${bound(atLeast)}${atMost === undefined ? '' : `, at most ${bound(atMost)}`}`;
    const verdict = isKept(ratio) ? 'kept' : 'NOT KEPT';
    return `  ${digits(median)} x  ${what} (${spread}; ${bounds}: ${verdict})`;
  });
  return [`${name}: medians of ${pairs} pairs`, ...lines].join('\n');
}

const bound = (ratio: number) => Number(ratio.toFixed(2));

/** Ratios near one differ in their second digit. */
const digits = (ratio: number) => ratio.toFixed(ratio < 2 ? 2 : 1);

function at(values: number[], index: number): number {
  const value = values[index];
  if (value === undefined) throw new Error('a median needs at least one value');
  return value;
}
