import type { BooksWord, Headline } from '../../contracts/orderPanelsApi.ts';
import { json, type Route, route } from '../route.ts';
import type { HeadlineReader } from './headlineReader.ts';

export const headlineRoutes = (headline: HeadlineReader): Route[] => [
  route('GET', '/api/headline', {
    summary: 'Are we keeping up, and is anything lost?',
    answers: "What sls status says, the totals since the start, and the books' last word",
    handle: async () => json<Headline>(await headline.read()),
  }),
  route('POST', '/api/books', {
    summary: 'Closes the books: every order against every charge, as sls reconcile does',
    answers: 'Whether they close, and the violations of each rule',
    handle: async () => json<BooksWord>(await headline.closeBooks()),
  }),
];
