import { LocalService } from '../support/localService.ts';
import { AS_ON_AWS, publishTarget } from './target.ts';

/** Starts `sls local` for the journeys, with a payment of half a second, unless a target was handed over. */
export default async function setUp(): Promise<void> {
  if (process.env.JOURNEY_TARGET !== undefined) return;
  const service = new LocalService({ environment: { PAYMENT_SECONDS: '0.5' } });
  const ready = await service.start();
  publishTarget({
    name: 'local',
    api: ready.api,
    region: 'us-east-1',
    endpoints: ready.endpoints,
    outputs: ready.outputs,
    differences: AS_ON_AWS,
  });
  globalThis.stopJourneyTarget = () => service.remove();
}

declare global {
  var stopJourneyTarget: (() => Promise<unknown>) | undefined;
}
