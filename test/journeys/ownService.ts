import { describe } from '@jest/globals';
import { journeyTarget } from './target.ts';

/** For journeys that start a service with parameters of their own: another target runs as it was deployed. */
export const describeOwnService: (name: string, tests: () => void) => void =
  journeyTarget().name === 'local' ? describe : describe.skip;

/** For packaging and starting it, on a machine that is busy with other tests. */
export const START_WITHIN_MS = 60_000;
