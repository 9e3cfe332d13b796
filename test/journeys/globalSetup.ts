import { startService } from './localService.ts';
import { AS_ON_AWS, publishTarget } from './target.ts';

/** Starts `sls local` for the journeys, with a payment of half a second, unless a target was handed over. */
export default async function setUp(): Promise<void> {
  if (process.env.JOURNEY_TARGET !== undefined) return;
  const service = await startService({ PAYMENT_SECONDS: '0.5' });
  publishTarget({
    name: 'local',
    api: service.ready.api,
    region: 'us-east-1',
    endpoints: service.ready.endpoints,
    outputs: service.ready.outputs,
    differences: AS_ON_AWS,
  });
  globalThis.stopJourneyTarget = service.stop;
}

declare global {
  var stopJourneyTarget: (() => Promise<unknown>) | undefined;
}
