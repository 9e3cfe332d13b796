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

/** https://docs.aws.amazon.com/lambda/latest/api/API_GetFunction.html#API_GetFunction_RequestSyntax (FunctionName) */
export function functionReference(
  nameOrArn: string,
  qualifier: string | undefined,
  { region, accountId }: { region: string; accountId: string },
): FunctionReference {
  const parts = FUNCTION_NAME.exec(nameOrArn);
  const name = parts?.[NAME];
  if (!parts || name === undefined)
    throw new LambdaApiError(
      'ValidationException',
      400,
      `1 validation error detected: Value '${nameOrArn}' at 'functionName' failed to satisfy constraint: Member must satisfy regular expression pattern: ${PATTERN}`,
    );
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
