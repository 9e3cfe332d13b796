import { describe, expect, it } from '@jest/globals';
import { type Template, TemplateResolver } from './resolve.ts';

function resolver(template: Partial<Template> = {}): TemplateResolver {
  return new TemplateResolver({
    template: { Resources: { Queue: { Type: 'AWS::SQS::Queue' } }, ...template },
    pseudoParameters: { 'AWS::Region': 'us-east-1' },
    identify: (logicalId) => ({
      ref: `ref-of-${logicalId}`,
      attributes: { Arn: `arn-of-${logicalId}`, 'Nested.Value': 'deep' },
    }),
  });
}

/** https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/intrinsic-function-reference.html */
describe('An intrinsic function', () => {
  it.each([
    [{ Ref: 'Queue' }, 'ref-of-Queue'],
    [{ Ref: 'AWS::Region' }, 'us-east-1'],
    [{ 'Fn::GetAtt': ['Queue', 'Arn'] }, 'arn-of-Queue'],
    [{ 'Fn::GetAtt': 'Queue.Arn' }, 'arn-of-Queue'],
    [{ 'Fn::GetAtt': ['Queue', 'Nested', 'Value'] }, 'deep'],
    [{ 'Fn::Join': ['-', ['a', { Ref: 'Queue' }]] }, 'a-ref-of-Queue'],
    [
      { 'Fn::Sub': 'x/${AWS::Region}/${Queue}/${Queue.Arn}/${!Literal}' },
      'x/us-east-1/ref-of-Queue/arn-of-Queue/${Literal}',
    ],
    [{ 'Fn::Sub': ['${Own}-${Queue}', { Own: { Ref: 'AWS::Region' } }] }, 'us-east-1-ref-of-Queue'],
    [{ 'Fn::Select': ['1', ['a', 'b']] }, 'b'],
    [{ 'Fn::Select': [1, { 'Fn::Split': [',', 'a,b'] }] }, 'b'],
    [{ 'Fn::Base64': 'hello' }, 'aGVsbG8='],
  ])('%j resolves to %j', (value, expected) => {
    expect(resolver().resolve(value, 'here')).toBe(expected);
  });

  it('looks mappings and parameters up', () => {
    const template = {
      Mappings: { Sizes: { dev: { memory: 128 } } },
      Parameters: { Stage: { Default: 'dev' } },
    };

    expect(
      resolver(template).resolve(
        { 'Fn::FindInMap': ['Sizes', { Ref: 'Stage' }, 'memory'] },
        'here',
      ),
    ).toBe(128);
  });

  it('chooses by a condition, and AWS::NoValue leaves the property out', () => {
    const template = {
      Conditions: {
        IsProd: { 'Fn::Equals': [{ Ref: 'AWS::Region' }, 'eu-west-1'] },
        IsNot: { 'Fn::Not': [{ Condition: 'IsProd' }] },
      },
    };
    const choice = (name: string) => ({
      a: { 'Fn::If': [name, 'yes', { Ref: 'AWS::NoValue' }] },
      b: 1,
    });

    expect(resolver(template).resolve(choice('IsProd'), 'here')).toEqual({ b: 1 });
    expect(resolver(template).resolve(choice('IsNot'), 'here')).toEqual({ a: 'yes', b: 1 });
  });

  it.each([
    [{ Ref: 'Nowhere' }, 'here.Ref: there is no resource "Nowhere"'],
    [{ 'Fn::GetAtt': ['Queue', 'Colour'] }, 'here.Fn::GetAtt: "Queue" has no attribute "Colour"'],
    [{ 'Fn::ImportValue': 'x' }, 'here: the function Fn::ImportValue is not known here'],
    [{ a: [{ 'Fn::Join': 'x' }] }, 'here.a[0].Fn::Join: expected a list, got "x"'],
  ])('%j is an error that names its place', (value, message) => {
    expect(() => resolver().resolve(value, 'here')).toThrow(message);
  });

  it('that leads back to itself is an error', () => {
    const circular: TemplateResolver = new TemplateResolver({
      template: { Resources: { A: { Type: 'T', Properties: { Name: { Ref: 'A' } } } } },
      pseudoParameters: {},
      identify: (_id, resource, resolve) => ({
        ref: String(resolve(resource.Properties?.Name, 'A.Name')),
        attributes: {},
      }),
    });

    expect(() => circular.resolve({ Ref: 'A' }, 'here')).toThrow('"A" refers to itself');
  });
});

// https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/parameters-section-structure.html
describe('A parameter', () => {
  const value = (parameter: object, parameters: Record<string, string> = {}) =>
    new TemplateResolver({
      template: { Resources: {}, Parameters: { Given: parameter } },
      pseudoParameters: {},
      parameters,
      identify: () => ({ ref: '', attributes: {} }),
    }).resolve({ Ref: 'Given' }, 'here');

  it.each([
    ['its default', { Type: 'String', Default: 'a' }, {}, 'a'],
    ['what it is given', { Type: 'String', Default: 'a' }, { Given: 'b' }, 'b'],
    ['a list', { Type: 'CommaDelimitedList', Default: 'a, b' }, {}, ['a', 'b']],
    ['a list of numbers', { Type: 'List<Number>', Default: '1,2' }, {}, ['1', '2']],
    [
      'of SSM what it is given',
      { Type: 'AWS::SSM::Parameter::Value<String>' },
      { Given: 'b' },
      'b',
    ],
  ])('is %s', (_what, parameter, given, expected) => {
    expect(value(parameter, given as Record<string, string>)).toEqual(expected);
  });

  it.each([
    ['without a value', { Type: 'String' }, {}, 'of type String has no value here; --parameter'],
    [
      'of SSM, whose default is a name there',
      { Type: 'AWS::SSM::Parameter::Value<String>', Default: '/shop/key' },
      {},
      'has no value here',
    ],
    ['that is no number', { Type: 'Number', Default: 'x' }, {}, 'is a number, got x'],
    [
      'outside its allowed values',
      { Type: 'String', AllowedValues: ['a', 'b'] },
      { Given: 'c' },
      'takes a, b, got c',
    ],
  ])('is refused %s', (_what, parameter, given, text) => {
    expect(() => value(parameter, given as Record<string, string>)).toThrow(text);
  });
});
