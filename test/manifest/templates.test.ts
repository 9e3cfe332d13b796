import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, describe, expect, it, jest } from '@jest/globals';
import { startTemplate, type TemplateService } from '../support/templateService.ts';

const FIXTURES = path.resolve(import.meta.dirname, '../fixtures');
const ARRIVES_WITHIN_MS = 20_000;

jest.setTimeout(60_000);

let service: TemplateService | undefined;

afterEach(async () => {
  await service?.stop();
  service = undefined;
});

async function orderArrives(url: string): Promise<boolean> {
  for (const end = Date.now() + ARRIVES_WITHIN_MS; Date.now() < end; await sleep(50))
    if ((await fetch(url)).status === 200) return true;
  return false;
}

// https://docs.aws.amazon.com/cdk/v2/guide/configure-synth.html
describe('a template without a framework', () => {
  it.each([
    ['that CDK wrote', ['cdk/Shop.template.json']],
    ['that sam build wrote', ['sam/.aws-sam/build/template.yaml', '--parameter', 'Greeting=hello']],
  ])(
    '%s serves its API, takes messages through its queue and writes into its table',
    async (_, [file = '', ...flags]) => {
      service = await startTemplate(path.join(FIXTURES, file), flags);
      const { ready, said } = service;

      const taken = await fetch(`${ready.outputs.ApiUrl}orders`, {
        method: 'POST',
        body: '{"id":"7"}',
      });

      expect(taken.status).toBe(202);
      expect(await taken.text()).toBe(flags.length > 0 ? 'hello' : 'taken');
      expect(await orderArrives(`${ready.api}/orders/7`)).toBe(true);
      expect(said().match(/^ {2}.*: .*not run.*$/gm)).toBeNull();
    },
  );

  it('whose code is nowhere is refused in one line', async () => {
    const template = path.join(FIXTURES, 'cdk/Shop.template.json');

    await expect(startTemplate(template, ['--assets', import.meta.dirname])).rejects.toThrow(
      /^Intake4F2D9C1A\.Code: there is none of .*; --assets names their folder\n$/,
    );
  });
});
