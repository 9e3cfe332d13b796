import * as z from 'zod';
import { byWay, orderSampleSchema } from '../../contracts/orderSample.ts';
import { CannotAskError, type LocalRuntime, type Stage } from '../stage.ts';
import { cloudWatchFigures } from './cloudWatchFigures.ts';
import type { Figures, Measured } from './measured.ts';

const RECENT_MS = 900_000;
/** Short enough to follow a change of workers, long enough for whole batches. */
const NEWEST_MS = 10_000;

/** What the stage's own metrics tell; undefined where nothing was measured. */
export const readFigures = (stage: Stage): Promise<Measured | undefined> =>
  stage.runtime === undefined ? cloudWatchFigures(stage) : localFigures(stage.runtime);

async function localFigures(runtime: LocalRuntime): Promise<Measured | undefined> {
  const address = `${runtime.console}/api/history`;
  const answer = await fetch(address).then(
    (response) => response.json(),
    (error: Error) => {
      throw new CannotAskError(`The local service has no figures at ${address}: ${error.message}`);
    },
  );
  const now = Date.now();
  const samples = z.array(orderSampleSchema).parse(answer);
  const since = (ageMs: number) =>
    addUp(
      samples
        .filter(({ at }) => at > now - ageMs)
        .map(({ functions, ...sample }) => ({
          ...sample,
          throttled: Object.fromEntries(
            Object.entries(functions).map(([key, { throttled }]) => [key, throttled]),
          ),
        })),
    );
  if (samples.length === 0) return undefined;
  return { recent: since(RECENT_MS), newest: since(NEWEST_MS) };
}

function addUp(all: Figures[]): Figures {
  const sum = (figure: (one: Figures) => number) =>
    all.reduce((total, one) => total + figure(one), 0);
  const sumByWay = (name: 'accepted' | 'completed' | 'declined' | 'cancelled') =>
    byWay((way) => sum((one) => one[name][way]));
  const keys = new Set(all.flatMap(({ throttled }) => Object.keys(throttled)));
  return {
    seconds: sum(({ seconds }) => seconds),
    accepted: sumByWay('accepted'),
    completed: sumByWay('completed'),
    declined: sumByWay('declined'),
    cancelled: sumByWay('cancelled'),
    promises: {
      ended: sum(({ promises }) => promises.ended),
      kept: sum(({ promises }) => promises.kept),
    },
    throttled: Object.fromEntries(
      [...keys].map((key) => [key, sum(({ throttled }) => throttled[key] ?? 0)]),
    ),
  };
}
