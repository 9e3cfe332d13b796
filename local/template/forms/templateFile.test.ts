import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, describe, expect, it } from '@jest/globals';
import { readTemplateFile } from './templateFile.ts';

const folder = mkdtempSync(path.join(tmpdir(), 'template-file-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function read(text: string) {
  const file = path.join(folder, 'template.yaml');
  writeFileSync(file, text);
  return readTemplateFile(file);
}

// https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/intrinsic-function-reference.html
describe('a template file', () => {
  it('has the short forms of functions, also within each other', () => {
    const text = `Resources:
  Topic: { Type: AWS::SNS::Topic, Properties: { TopicName: !Join ['-', [!Ref Name, !Select [0, !Split [',', 'a,b']]]] } }
  Rule: { Type: X, Properties: { A: !GetAtt Topic.Arn, B: !If [Big, !Sub '\${Name}!', !Ref AWS::NoValue], C: !Not [!Equals [!Ref Name, a]] } }`;

    expect(read(text).Resources).toEqual({
      Topic: {
        Type: 'AWS::SNS::Topic',
        Properties: {
          TopicName: {
            'Fn::Join': [
              '-',
              [{ Ref: 'Name' }, { 'Fn::Select': [0, { 'Fn::Split': [',', 'a,b'] }] }],
            ],
          },
        },
      },
      Rule: {
        Type: 'X',
        Properties: {
          A: { 'Fn::GetAtt': 'Topic.Arn' },
          B: { 'Fn::If': ['Big', { 'Fn::Sub': `\${Name}!` }, { Ref: 'AWS::NoValue' }] },
          C: { 'Fn::Not': [{ 'Fn::Equals': [{ Ref: 'Name' }, 'a'] }] },
        },
      },
    });
  });

  it.each([
    ['without resources', 'Parameters: {}', 'there is no section Resources'],
    ['that is no YAML', 'Resources: [', 'Flow sequence'],
  ])('%s is refused', (_, text, fault) => {
    expect(() => read(text)).toThrow(fault);
  });
});
