import * as z from 'zod';
import type { Flags } from '../common/commandFlags.ts';
import { wholeNumberText } from '../common/numberText.ts';
import { UsageError } from '../common/usageError.ts';

/** The flags of `sls local`, checked. */
export type LocalOptions = ReturnType<typeof readOptions>;

const DEFAULT_READY_FILE = '.local/ready.json';

/** As the framework declares a command's options. */
export const LOCAL_OPTIONS: Flags = {
  port: {
    usage: 'Port of the HTTP API; 0 takes any free one (default 8080, or PORT)',
    type: 'string',
  },
  'console-port': {
    usage: 'Port of the console; 0 takes any free one (default 8081, or CONSOLE_PORT)',
    type: 'string',
  },
  host: { usage: 'Address to listen on (default 127.0.0.1)', type: 'string' },
  data: {
    usage: 'Folder that keeps orders, charges and messages; without it all is in memory',
    type: 'string',
  },
  'dynamodb-url': {
    usage: 'Keeps the tables in this DynamoDB (DynamoDB Local, for example), not in one of its own',
    type: 'string',
  },
  watch: { usage: 'Build and reload a function when its source changes', type: 'boolean' },
  quota: { usage: 'Concurrency quota of the account (default 1000)', type: 'string' },
  isolation: {
    usage:
      'Threads of the execution environments: one per "function" (default) or one per environment ("thread")',
    type: 'string',
  },
  'ready-file': {
    usage: `File that is written when orders can be taken (default ${DEFAULT_READY_FILE})`,
    type: 'string',
  },
  env: { usage: 'NAME=VALUE for every function; may be repeated', type: 'multiple' },
  parameter: {
    usage: 'NAME=VALUE for a parameter of the template; may be repeated',
    type: 'multiple',
  },
  jwks: {
    usage:
      'File with the keys (a JSON Web Key Set) of JWT authorizers; else an issuer on this machine is asked',
    type: 'string',
  },
  unset: { usage: 'Takes a variable from every function; may be repeated', type: 'multiple' },
  'read-only': { usage: 'The console can look at everything and change nothing', type: 'boolean' },
};

const portSchema = wholeNumberText(0, 65_535);
const variableSchema = z.string().regex(/^[A-Za-z_]\w*$/, 'must be the name of a variable');

const schema = z.object({
  port: portSchema.default(8080),
  'console-port': portSchema.default(8081),
  host: z
    .enum(['127.0.0.1', 'localhost', '::1'], 'must be 127.0.0.1, localhost or ::1')
    .default('127.0.0.1'),
  data: z.string().min(1).optional(),
  'dynamodb-url': z.url({ protocol: /^https?$/, error: 'must be an http or https URL' }).optional(),
  watch: z.boolean().default(false),
  quota: wholeNumberText(1, 100_000).default(1000),
  isolation: z.enum(['function', 'thread'], 'must be "function" or "thread"').default('function'),
  'ready-file': z.string().min(1).default(DEFAULT_READY_FILE),
  env: z.array(z.string().regex(/^[A-Za-z_]\w*=/, 'must be NAME=VALUE')).default([]),
  parameter: z.array(z.string().regex(/^[A-Za-z0-9]+=/, 'must be NAME=VALUE')).default([]),
  jwks: z.string().min(1).optional(),
  unset: z.array(variableSchema).default([]),
  'read-only': z.boolean().default(false),
});

const VARIABLES: Record<string, string> = { port: 'PORT', 'console-port': 'CONSOLE_PORT' };

/** Reads the flags, with PORT and CONSOLE_PORT behind them. Throws one error with a line for every fault. */
export function readOptions(
  flags: Record<string, unknown>,
  environment: Record<string, string | undefined>,
) {
  const named = without(flags);
  const variables = Object.entries(VARIABLES).map(([flag, name]) => [flag, environment[name]]);
  const given = { ...without(Object.fromEntries(variables)), ...named };
  const parsed = schema.safeParse(given);
  if (!parsed.success) {
    const faults = parsed.error.issues.map(({ path: [flag, ...within], message }) => {
      const name = String(flag);
      const value = [flag, ...within].reduce<unknown>((at, key) => Object(at)[key ?? ''], given);
      return `${name in named ? `--${name}` : VARIABLES[name]}: ${message}, got ${JSON.stringify(value)}`;
    });
    throw new UsageError(faults.join('\n'));
  }
  const { data, quota, env, parameter, 'console-port': consolePort, ...options } = parsed.data;
  const { 'ready-file': readyFile, 'read-only': readOnly, jwks, ...rest } = options;
  const { 'dynamodb-url': dynamodbUrl, ...others } = rest;
  const assigned = (texts: string[]) =>
    Object.fromEntries(texts.map((text) => splitOnce(text, '=')));
  return {
    ...others,
    consolePort,
    dataDirectory: data,
    dynamodbUrl,
    accountQuota: quota,
    jwksFile: jwks,
    readyFile,
    set: assigned(env),
    parameters: assigned(parameter),
    readOnly,
  };
}

/** The framework gives null for a flag that is not there; a variable may be empty. */
const without = (values: Record<string, unknown>) =>
  Object.fromEntries(
    Object.entries(values).filter(
      ([, value]) => value !== undefined && value !== null && value !== '',
    ),
  );

function splitOnce(text: string, separator: string): [string, string] {
  const at = text.indexOf(separator);
  return [text.slice(0, at), text.slice(at + separator.length)];
}
