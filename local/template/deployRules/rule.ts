import { isObject, parseJson } from '../../../common/json.ts';

/** What a value must be, or undefined where AWS takes it. */
export type Rule = (value: unknown) => string | undefined;
export type Properties = Record<string, unknown>;
/** What is wrong between several properties. */
export type Together = (properties: Properties) => (string | false | undefined)[];

export interface ResourceRules {
  values: Record<string, Rule>;
  together?: Together;
}

/**
 * A value that CloudFormation looks up when it deploys, or a fault that quotes one: nothing binds it here.
 * https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/dynamic-references.html
 */
export const isLookedUp = (value: unknown): boolean =>
  typeof value === 'string' && value.includes('{{resolve:');

export const whole =
  (least: number, most: number): Rule =>
  (value) => {
    const number = typeof value === 'string' ? Number(value || Number.NaN) : value;
    const isIn = Number.isInteger(number) && Number(number) >= least && Number(number) <= most;
    return isIn ? undefined : `a whole number from ${least} to ${most}`;
  };
export const oneOf =
  (...texts: string[]): Rule =>
  (value) =>
    texts.includes(String(value)) ? undefined : `one of ${texts.join(', ')}`;
export const written =
  (form: RegExp, words: string): Rule =>
  (value) =>
    form.test(String(value)) ? undefined : words;
export const atMost =
  (most: number, items: string): Rule =>
  (value) =>
    Array.isArray(value) && value.length > most ? `at most ${most} ${items}` : undefined;
export const shorterThan = (most: number): Rule =>
  written(new RegExp(`^[^]{0,${most}}$`), `at most ${most} characters long`);
export const json: Rule = (value) =>
  typeof value === 'string' && parseJson(value) === undefined
    ? 'the JSON text of a value'
    : undefined;
/** Of a standard queue or topic, or of whatever else may be named. */
export const arnOf = (...services: string[]): Rule =>
  written(
    new RegExp(`^arn:[^:]+:(${services.join('|')}):(?!.*\\.fifo$)|^$`),
    `the ARN of ${services.join(', ')}, and not of a FIFO queue or topic`,
  );

export const isTrue = (value: unknown) => String(value) === 'true';
export const isFifo = (arn: unknown) => String(arn).endsWith('.fifo');
export const given = (properties: Properties, names: string[]) =>
  names.filter((name) => properties[name] !== undefined && properties[name] !== null);
/** A policy may be its JSON text. */
export const objectOf = (value: unknown): Properties => {
  const read = typeof value === 'string' ? parseJson(value) : value;
  return isObject(read) ? read : {};
};
export const listOf = (value: unknown): Properties[] =>
  Array.isArray(value) ? value.filter(isObject) : [];
export const needed = (properties: Properties, names: string[]) =>
  names.filter((name) => properties[name] === undefined).map((name) => `${name} has to be there`);
