/**
 * The name in any way that a template calls a function: `NAME`, `NAME:ALIAS`, an ARN with or without a qualifier, or an
 * ARN within another, as `arn:aws:apigateway:REGION:lambda:path/2015-03-31/functions/ARN/invocations`.
 */
export function functionNameOf(called: unknown): string {
  const text = String(called);
  return /(?:^|:)function:([^:/]+)/.exec(text)?.[1] ?? (text.split(':', 1)[0] as string);
}
