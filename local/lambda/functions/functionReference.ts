import { FunctionUnreachableError, InvalidParameterError, LambdaApiError } from '../errors.ts';

/** How a caller names a function: by its name or a part of its ARN, with or without a qualifier. */
export interface FunctionReference {
  name: string;
  /** Undefined where the caller gave none. */
  qualifier: string | undefined;
  /** With the qualifier where there is one. */
  arn: string;
}

/** AWS's own, as it stands in its refusals. */
const PATTERN = String.raw`(arn:(aws[a-zA-Z-]*)?:lambda:)?((eusc-)?[a-z]{2}((-gov)|(-iso([a-z]?)))?-[a-z]+-\d{1}:)?(\d{12}:)?(function:)?([a-zA-Z0-9-_\.]+)(:(\$LATEST(\.PUBLISHED)?|[a-zA-Z0-9-_]+))?`;
const FUNCTION_NAME = new RegExp(`^${PATTERN}$`);
const [REGION, ACCOUNT, NAME, QUALIFIER] = [3, 9, 11, 13];

const QUALIFIER_PATTERN = '(|[a-zA-Z0-9$_-]+)';
/** https://docs.aws.amazon.com/lambda/latest/api/API_Invoke.html#API_Invoke_RequestParameters */
const LONGEST = { reference: 170, name: 64, qualifier: 128 };

const refusal = (field: string, value: string, rule: string): LambdaApiError =>
  new LambdaApiError(
    'ValidationException',
    400,
    `1 validation error detected: Value '${value}' at '${field}' failed to satisfy constraint: Member must ${rule}`,
  );

function checkLength(field: string, value: string, most: number): void {
  if (value.length > most) throw refusal(field, value, `have length less than or equal to ${most}`);
}

function checkQualifier(qualifier: string): void {
  if (!new RegExp(`^${QUALIFIER_PATTERN}$`).test(qualifier))
    throw refusal(
      'qualifier',
      qualifier,
      `satisfy regular expression pattern: ${QUALIFIER_PATTERN}`,
    );
  checkLength('qualifier', qualifier, LONGEST.qualifier);
}

/** https://docs.aws.amazon.com/lambda/latest/api/API_GetFunction.html#API_GetFunction_RequestSyntax (FunctionName) */
export function functionReference(
  nameOrArn: string,
  qualifier: string | undefined,
  { region, accountId }: { region: string; accountId: string },
): FunctionReference {
  const parts = FUNCTION_NAME.exec(nameOrArn);
  const name = parts?.[NAME];
  if (!parts || name === undefined)
    throw refusal('functionName', nameOrArn, `satisfy regular expression pattern: ${PATTERN}`);
  checkLength('functionName', nameOrArn, LONGEST.reference);
  checkLength('functionName', name, LONGEST.name);
  if (qualifier !== undefined) checkQualifier(qualifier);
  const named = parts[QUALIFIER];
  if (named !== undefined && qualifier !== undefined && named !== qualifier)
    throw new InvalidParameterError(
      'The derived qualifier from the function name does not match the specified qualifier.',
    );
  const [givenRegion = region] = parts[REGION]?.split(':') ?? [];
  if (givenRegion !== region)
    throw new FunctionUnreachableError(
      `Functions from '${givenRegion}' are not reachable in this region ('${region}')`,
    );
  const [givenAccount = accountId] = parts[ACCOUNT]?.split(':') ?? [];
  const chosen = qualifier ?? named;
  const unqualified = `arn:aws:lambda:${region}:${givenAccount}:function:${name}`;
  const arn = chosen === undefined ? unqualified : `${unqualified}:${chosen}`;
  // No function here lets another account in.
  if (givenAccount !== accountId)
    throw new LambdaApiError(
      'AccessDeniedException',
      403,
      `User is not authorized to access ${arn} because no resource-based policy allows it`,
    );
  return { name, qualifier: chosen, arn };
}
