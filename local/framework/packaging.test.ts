import { describe, expect, it } from '@jest/globals';
import { packageFlags } from './packaging.ts';

describe('The flags of a second packaging', () => {
  it('are those of the first that decide what a package holds', () => {
    const flags = {
      port: '0',
      region: 'eu-west-1',
      config: 'other.yml',
      param: ['way=direct', 'size=2'],
      'aws-profile': null,
    };

    expect(packageFlags('dev', flags)).toEqual([
      '--stage=dev',
      '--region=eu-west-1',
      '--config=other.yml',
      '--param=way=direct',
      '--param=size=2',
    ]);
  });
});
