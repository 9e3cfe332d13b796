import assert from 'node:assert/strict';
import type { Stage } from '../../ops/stage.ts';
import { RequestCampaign } from '../inputs/requestCampaign.ts';
import type { JourneyTarget } from '../journeys/target.ts';
import type { Checks } from './checks.ts';

const REQUESTS = 300;
/** Each environment is an operating system process there. */
const CROWD = 4;

/** A part of what `test:inputs` sends to our own runtime: the same requests, the same answers. */
export async function checkInputs(
  checks: Checks,
  stage: Stage,
  { api, differences: { throttledStatus } }: JourneyTarget,
): Promise<void> {
  await checks.run(`${REQUESTS} generated requests: as judged, and stored as sent`, async () => {
    const campaign = await RequestCampaign.on({ api, stage, throttledStatus, crowd: CROWD });
    await campaign.send(1, REQUESTS, 0, () => {});
    const { accepted, faults } = await campaign.close();
    assert.deepEqual(faults, []);
    assert.ok(accepted > REQUESTS / 4, `only ${accepted} were accepted`);
  });
}
