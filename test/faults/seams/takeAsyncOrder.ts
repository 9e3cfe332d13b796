import { takeAsyncOrder as taken } from '../../../lib/domain/takeAsyncOrder.ts';
import { publishingUnderFaults } from './publishing.ts';

export * from '../../../lib/domain/takeAsyncOrder.ts';

export const takeAsyncOrder: typeof taken = (deps, order) =>
  taken({ ...deps, publisher: publishingUnderFaults(deps.publisher, 'publish') }, order);
