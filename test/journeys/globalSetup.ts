import { LocalService } from '../../ops/localServiceProcess.ts';
import { localTarget, publishTarget } from './target.ts';

/** Starts `sls local` for the journeys, with a payment of half a second, unless a target was handed over. */
export default async function setUp(): Promise<void> {
  if (process.env.JOURNEY_TARGET !== undefined) return;
  const service = new LocalService({ environment: { PAYMENT_SECONDS: '0.5' } });
  publishTarget(localTarget(await service.start()));
  globalThis.stopJourneyTarget = () => service.remove();
}

declare global {
  var stopJourneyTarget: (() => Promise<unknown>) | undefined;
}
