import { describe, expect, it } from '@jest/globals';
import { type Flags, readCommandLine } from './commandFlags.ts';

const FLAGS: Flags = {
  port: { usage: '', type: 'string' },
  env: { usage: '', type: 'multiple' },
  watch: { usage: '', type: 'boolean' },
};
const read = (line: string, mostWords = 0) => readCommandLine(line.split(' '), FLAGS, mostWords);

describe('A command line', () => {
  it.each([
    'local',
    'local --port 0 --env=A=1 --env B=2 --watch',
    'local --port=-1',
    'local -s dev -r eu-west-1 --aws-profile=shop --param way=direct --param=x=y -c other.yml',
    'local --verbose --debug=*',
    'local --no-such-flag --help',
  ])('is taken: %s', (line) => {
    expect(read(line)).toEqual({ words: [], faults: [] });
  });

  it('gives the words beside the flags, wherever they stand', () => {
    expect(read('workers --watch 20 --port 1', 1)).toEqual({ words: ['20'], faults: [] });
  });

  it.each([
    ['--prot=1', '--prot: is no flag of sls local; --help lists them'],
    ['--prot 1', '--prot: is no flag of sls local; --help lists them'],
    ['-x', '-x: is no flag of sls local; --help lists them'],
    ['--watch=abc', '--watch: takes no value, got "abc"'],
    ['--port', '--port: needs a value, got none'],
    ['--port=', '--port: needs a value, got none'],
    ['--port --watch', '--port: needs a value, got none'],
    ['--env', '--env: needs a value, got none'],
    ['--port=1 --port=2', '--port: may be given once, got it again'],
    ['--region=mars', '--region: must be a region of AWS such as us-east-1, got "mars"'],
    ['-r mars', '-r: must be a region of AWS such as us-east-1, got "mars"'],
    ['--param=way', '--param: must be NAME=VALUE, got "way"'],
    ['here', 'sls local: takes no words beside its flags, got "here"'],
  ])('is refused with %s', (flags, fault) => {
    expect(read(`local ${flags}`).faults).toEqual([fault]);
  });

  it('is refused with a line for each fault', () => {
    expect(read('local --watch=a --prot=1').faults).toHaveLength(2);
    expect(read('workers 20 30', 1).faults).toEqual([
      'sls workers: takes 1 word beside its flags, got "20 30"',
    ]);
  });
});
