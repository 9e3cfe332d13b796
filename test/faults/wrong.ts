import { PROVIDER_WITHOUT_KEY, type Seams, WORKER_ACKNOWLEDGES_FIRST } from './seams.ts';

export interface Wrong {
  name: string;
  seams: Seams;
  /** The sweeper would repair what it breaks: it runs only where the right service needs it too. */
  isMendedBySweeper: boolean;
}

/** Services that are wrong on purpose, by the words that --wrong takes. */
export const WRONG: Record<string, Wrong> = {
  'key-check': {
    name: 'provider without its key check',
    seams: PROVIDER_WITHOUT_KEY,
    isMendedBySweeper: false,
  },
  'acknowledges-first': {
    name: 'worker that acknowledges before it pays',
    seams: WORKER_ACKNOWLEDGES_FIRST,
    isMendedBySweeper: true,
  },
};
