import { parseArgs } from 'node:util';

/** As the framework declares an option of a command. */
export interface Flag {
  usage: string;
  type: 'string' | 'boolean' | 'multiple';
}
export type Flags = Record<string, Flag>;

interface Shape {
  type: Flag['type'];
  short?: string;
  rule?: { pattern: RegExp; text: string };
}

/** What the framework takes with every command. It would refuse a wrong one too, in four lines. */
const FRAMEWORK_FLAGS: Record<string, Shape> = {
  config: { type: 'string', short: 'c' },
  stage: { type: 'string', short: 's' },
  region: {
    type: 'string',
    short: 'r',
    rule: {
      pattern: /^[a-z]{2}(-[a-z]+)+-\d$/,
      text: 'must be a region of AWS such as us-east-1',
    },
  },
  'aws-profile': { type: 'string' },
  param: { type: 'multiple', rule: { pattern: /^[^=]+=/, text: 'must be NAME=VALUE' } },
  debug: { type: 'string' },
  verbose: { type: 'boolean' },
  help: { type: 'boolean', short: 'h' },
  version: { type: 'boolean', short: 'v' },
};

interface CommandLine {
  /** What stands beside the command and its flags, wherever it stands. */
  words: string[];
  /** A line for each flag that the command does not take as it came, and one for words too many. */
  faults: string[];
}

/**
 * The words of `sls COMMAND`, for a plugin's constructor: it comes before the framework's check of the command line. Ends
 * the process where a flag or a word is wrong.
 */
export function checkedWords(
  command: string,
  flags: Flags,
  { mostWords = 0, exitStatus = 1 } = {},
): string[] {
  const args = process.argv.slice(2);
  if (args[0] !== command) return [];
  const { words, faults } = readCommandLine(args, flags, mostWords);
  if (faults.length === 0) return words;
  process.stderr.write(`${faults.join('\n')}\n`);
  process.exit(exitStatus);
}

/** Reads `COMMAND WORDS --FLAGS` by the shape of the flags: what a value means is for the command to judge. */
export function readCommandLine(args: string[], flags: Flags, mostWords: number): CommandLine {
  const shapes: Record<string, Shape> = { ...FRAMEWORK_FLAGS, ...flags };
  const options = Object.entries(shapes).map(([name, { type, short }]) => [
    name,
    { type: type === 'boolean' ? type : 'string', ...(short && { short }) } as const,
  ]);
  const { tokens } = parseArgs({
    args,
    options: Object.fromEntries(options),
    strict: false,
    allowPositionals: true,
    tokens: true,
  });
  const given = tokens.filter((token) => token.kind === 'option');
  const [command = '', ...words] = tokens
    .filter((token) => token.kind === 'positional')
    .map(({ value }) => value);
  if (given.some(({ name }) => name === 'help')) return { words, faults: [] };
  const faults = given.flatMap(({ name, rawName, value, inlineValue }, index) => {
    const isAgain = given.findIndex((other) => other.name === name) < index;
    // A flag where the value was to stand.
    const isMissing = value === '' || (inlineValue === false && /^--?[a-z]/i.test(value));
    const fault = flagFault(shapes[name], command, isMissing ? undefined : value, isAgain);
    return fault === undefined ? [] : [`${rawName}: ${fault}`];
  });
  if (words.length > mostWords && faults.length === 0)
    faults.push(
      `sls ${command}: takes ${mostWords || 'no'} ${mostWords === 1 ? 'word' : 'words'} beside its flags, got ${JSON.stringify(words.join(' '))}`,
    );
  return { words, faults };
}

function flagFault(
  shape: Shape | undefined,
  command: string,
  value: string | undefined,
  isAgain: boolean,
): string | undefined {
  const got = `got ${value === undefined ? 'none' : JSON.stringify(value)}`;
  if (shape === undefined) return `is no flag of sls ${command}; --help lists them`;
  if (isAgain && shape.type !== 'multiple') return `may be given once, got it again`;
  if (shape.type === 'boolean') return value === undefined ? undefined : `takes no value, ${got}`;
  if (value === undefined) return `needs a value, ${got}`;
  return shape.rule?.pattern.test(value) === false ? `${shape.rule.text}, ${got}` : undefined;
}
