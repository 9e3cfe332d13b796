import { PutItemCommand } from '@aws-sdk/client-dynamodb';
import { toItem } from '../../lib/adapters/dynamoItem.ts';
import { CountingProxy } from '../cost/countingProxy.ts';
import { bundleBareCalls } from './bare/bundle.ts';
import { medianOf, type Ratio, ratioOf } from './benchResult.ts';
import { firstEvents } from './firstEvents.ts';
import type { FirstAnswer } from './functionHost.ts';
import { FunctionProcess, type Subject } from './functionProcess.ts';
import type { PackagedFunction, ServedFunctions } from './packaged.ts';

const ROUNDS_PER_PAIR = 5;
/** Those that the bare intake is for. */
const BESIDE_BARE_INTAKE = ['orderAsync', 'health'];
/** Ours takes at most so much of the bare handler's time. */
const MOST_OF_BARE = 0.7;
const MEMORY_SIZES_MB = [128, 256, 512, 1024];

/** A function beside bare handlers that make the calls of AWS that it makes. */
interface Beside {
  key: string;
  calls: string[];
  subjects: () => Promise<Record<Side, Subject>>;
  rounds: Record<Side, number>[][];
  peakMb: number;
}

const SIDES = ['ours', 'bare', 'bareAsOurs'] as const;
type Side = (typeof SIDES)[number];

/** First answers in fresh processes of all functions that no ratio of its own is for. */
export class ColdFunctions {
  readonly #functions: Beside[];

  private constructor(functions: Beside[]) {
    this.#functions = functions;
  }

  static async of(served: ServedFunctions, folder: string): Promise<ColdFunctions> {
    const proxy = new CountingProxy();
    const environment = CountingProxy.environment(await proxy.listen());
    proxy.connect(served.endpoints);
    try {
      const functions: Beside[] = [];
      for (const packaged of served.functions) {
        if (BESIDE_BARE_INTAKE.includes(packaged.model.key)) continue;
        const watched = await subjectOf(served, packaged, environment);
        await firstAnswer(watched);
        const calls = proxy.operations.splice(0);
        functions.push(await beside(served, packaged, calls, folder));
      }
      return new ColdFunctions(functions);
    } finally {
      proxy.close();
    }
  }

  /** A fresh process of each side of each function, one right after another, some times. */
  async measurePair(): Promise<void> {
    for (const { rounds } of this.#functions) rounds.push([]);
    for (let round = 0; round < ROUNDS_PER_PAIR; round += 1)
      for (const measured of this.#functions) await measureRound(measured);
  }

  get ratios(): Ratio[] {
    return this.#functions.map(({ key, calls, rounds, peakMb }) => {
      const each = (of: (round: Record<Side, number>) => number) =>
        rounds.map((pair) => medianOf(pair.map(of)));
      const told = [
        `${counted(calls)}: ${medianOf(each(({ ours }) => ours)).toFixed()} ms`,
        `${medianOf(each(({ ours, bareAsOurs }) => bareAsOurs / ours)).toFixed(2)} x with our build settings`,
        memory(peakMb),
      ];
      return ratioOf(
        `as long as ${key}, a bare handler with the same calls (${told.join('; ')})`,
        each(({ ours, bare }) => bare / ours),
        1 / MOST_OF_BARE,
      );
    });
  }
}

const counted = (calls: string[]): string =>
  Object.entries(Object.groupBy(calls, (call) => call))
    .map(([call, { length } = []]) => (length === 1 ? call : `${length} ${call}`))
    .join(', ');

/** The smallest size of those that one chooses from. */
export const memory = (peakMb: number): string =>
  `at most ${peakMb.toFixed()} MB, fits into ${MEMORY_SIZES_MB.find((size) => size > peakMb)} MB`;

async function beside(
  served: ServedFunctions,
  packaged: PackagedFunction,
  calls: string[],
  folder: string,
): Promise<Beside> {
  const { key } = packaged.model;
  const { usual, asOurs } = await bundleBareCalls(folder, key, calls);
  return {
    ...{ key, calls, rounds: [], peakMb: 0 },
    subjects: async () => {
      const ours = await subjectOf(served, packaged);
      return { ours, bare: { ...ours, file: usual }, bareAsOurs: { ...ours, file: asOurs } };
    },
  };
}

/** With an order of its own, which is paid at once. */
async function subjectOf(
  { clients, environment }: ServedFunctions,
  { file, model }: PackagedFunction,
  more: Record<string, string> = {},
): Promise<Subject> {
  const { key, environment: own } = model;
  const nextEvent = firstEvents[key];
  if (nextEvent === undefined) throw new Error(`nobody knows what ${key} is asked first`);
  const put = (order: object) =>
    clients.dynamodb.send(new PutItemCommand({ TableName: own.ORDERS_TABLE, Item: toItem(order) }));
  const event = await nextEvent(put);
  return {
    name: key,
    file,
    event,
    environment: { ...own, PAYMENT_SECONDS: '0', ...environment, ...more },
  };
}

async function measureRound(measured: Beside): Promise<void> {
  const subjects = await measured.subjects();
  const ms = { ours: 0, bare: 0, bareAsOurs: 0 };
  for (const side of SIDES) {
    const answer = await firstAnswer(subjects[side]);
    ms[side] = answer.ms;
    if (side === 'ours') measured.peakMb = Math.max(measured.peakMb, answer.peakMb);
  }
  measured.rounds.at(-1)?.push(ms);
}

/** Of a fresh process. */
export async function firstAnswer(subject: Subject): Promise<FirstAnswer> {
  const fresh = new FunctionProcess(subject);
  return fresh.first().finally(() => fresh.stop());
}
