import { readFileSync } from 'node:fs';
import { type CollectionTag, parseDocument, Scalar, type ScalarTag } from 'yaml';
import { isObject } from '../../../common/json.ts';
import { UsageError } from '../../../common/usageError.ts';
import type { Template } from '../resolve.ts';

/** https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/intrinsic-function-reference.html */
const SHORT_FORMS =
  `Ref Condition Fn::And Fn::Base64 Fn::Cidr Fn::Contains Fn::Equals Fn::FindInMap Fn::GetAtt
  Fn::GetAZs Fn::If Fn::ImportValue Fn::Join Fn::Length Fn::Not Fn::Or Fn::Select Fn::Split Fn::Sub
  Fn::ToJsonString Fn::Transform`.split(/\s+/);

/** Reads a template as CloudFormation takes it: YAML, with the short forms of its functions, or JSON. */
export function readTemplateFile(
  file: string,
): Template & { Transform?: unknown; Globals?: unknown } {
  const document = parseDocument(textOf(file), { customTags: TAGS, merge: true });
  const [fault] = document.errors;
  if (fault) throw new UsageError(`--template ${file}: ${fault.message.split('\n', 1)[0]}`);
  const template: unknown = document.toJS();
  if (!isObject(template) || !isObject(template.Resources))
    throw new UsageError(`--template ${file}: there is no section Resources`);
  return template as unknown as Template;
}

function textOf(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    throw new UsageError(`--template ${file}: cannot be read: ${(error as Error).message}`);
  }
}

const TAGS = SHORT_FORMS.flatMap((name): (ScalarTag | CollectionTag)[] => {
  const tag = `!${name.replace('Fn::', '')}`;
  const long = (argument: unknown) => new Scalar({ [name]: argument });
  return [
    { tag, resolve: long },
    { tag, collection: 'seq', resolve: (items) => long(items.toJSON()) },
    { tag, collection: 'map', resolve: (fields) => long(fields.toJSON()) },
  ];
});
