import { ListEventSourceMappingsCommand, ListFunctionsCommand } from '@aws-sdk/client-lambda';
import { describe, expect, it } from '@jest/globals';
import { FunctionName, OtherName, useApi } from '../testing/lambdaApi.ts';

const api = useApi();
const list = (Marker?: string) =>
  api.client.send(new ListFunctionsCommand({ MaxItems: 1, ...(Marker && { Marker }) }));

// https://docs.aws.amazon.com/lambda/latest/api/API_ListFunctions.html
describe('a list of the Lambda API', () => {
  it('has at most MaxItems, and goes on at NextMarker until there is none', async () => {
    const first = await list();
    const second = await list(first.NextMarker);

    const names = [first, second].map(({ Functions }) => Functions?.map((one) => one.FunctionName));
    expect(names).toEqual([[FunctionName], [OtherName]]);
    expect(second.NextMarker).toBeUndefined();
  });

  it('does not go on at a marker that it has not given', async () => {
    await expect(list('abc')).rejects.toMatchObject({ name: 'InvalidParameterValueException' });
  });

  it.each([
    '2015-03-31/functions',
    '2015-03-31/event-source-mappings',
    `2019-09-25/functions/${FunctionName}/event-invoke-config/list`,
  ])('%s refuses MaxItems that are no whole number from 1 on', async (path) => {
    for (const wrong of ['abc', '', '1.5', '0', '-1', '10001', '1e1']) {
      const answer = await fetch(`${api.url}/${path}?MaxItems=${wrong}`);
      expect([wrong, answer.status]).toEqual([wrong, 400]);
      expect(await answer.json()).toMatchObject({ message: expect.stringContaining('maxItems') });
    }
  });

  it('is whole where nobody asks for less', async () => {
    const { EventSourceMappings, NextMarker } = await api.client.send(
      new ListEventSourceMappingsCommand({}),
    );
    expect([EventSourceMappings?.length, NextMarker]).toEqual([1, undefined]);
  });
});
