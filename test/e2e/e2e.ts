import { parseArgs } from 'node:util';
import { CannotAskError, findStage, type Stage } from '../../ops/stage.ts';
import { AS_ON_AWS, type JourneyTarget } from '../journeys/target.ts';
import { runProgram } from '../support/program.ts';
import { Checks, tell } from './checks.ts';
import { runJourneys } from './journeys.ts';
import { judgeOnMiniStack } from './judge.ts';

const HELP = `Sends the journeys of a buyer to a deployment that this project's own runtime has no part in.

  npm run test:e2e                                      deploy to MiniStack, invoke, buy, fail on purpose, remove
  TEST_TARGET=aws npm run test:e2e -- --stage dev       the journeys against a stage that is deployed on AWS
  TEST_TARGET=aws npm run test:e2e -- --stage dev --region eu-central-1

Exit: 0 all passed, 1 something failed, 2 there was nothing to ask.`;

async function main(): Promise<number> {
  const { values } = parseArgs({
    options: {
      help: { type: 'boolean', short: 'h' },
      stage: { type: 'string' },
      region: { type: 'string' },
    },
  });
  if (values.help) {
    process.stdout.write(`${HELP}\n`);
    return 0;
  }
  const checks = new Checks();
  const target = process.env.TEST_TARGET ?? 'ministack';
  if (target === 'ministack') await judgeOnMiniStack(checks);
  else if (target === 'aws') await checkStage(checks, values.stage ?? 'dev', values.region);
  else
    throw new CannotAskError(
      `TEST_TARGET: must be ministack or aws, got ${JSON.stringify(target)}`,
    );
  process.stdout.write(`${checks.summary}\n`);
  return checks.failed === 0 ? 0 : 1;
}

async function checkStage(checks: Checks, stageName: string, region: string | undefined) {
  const stage = await findStage({ stage: stageName, region });
  tell(`Stage ${stage.name} at ${stage.outputs.HttpApiUrl}`);
  stage.close();
  checks.add(await runJourneys(targetOf(stage)));
}

const targetOf = ({ outputs, region }: Stage): JourneyTarget => ({
  name: 'aws',
  api: outputs.HttpApiUrl,
  region,
  outputs,
  differences: AS_ON_AWS,
});

await runProgram(main, (error) => (error instanceof CannotAskError ? 2 : 1));
