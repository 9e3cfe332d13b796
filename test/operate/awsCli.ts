import { readFileSync } from 'node:fs';
import { pythonTools } from '../../common/pythonTools.ts';
import { tell } from '../e2e/checks.ts';
import { type Ended, type Environment, runCommand } from '../e2e/child.ts';

const LIMIT_MS = 30_000;

/** The AWS CLI as an operator has it after pasting the lines of the banner. */
export class AwsCli {
  readonly #command: string;
  readonly #environment: Environment;
  readonly #folder: string;

  constructor(command: string, environment: Environment, folder: string) {
    this.#command = command;
    this.#environment = environment;
    this.#folder = folder;
  }

  /** Installs the CLI where it is missing, and takes its variables from the log of a service that has started. */
  static async forService(logFile: string, folder: string): Promise<AwsCli> {
    const requirements = 'test/operate/requirements.txt';
    const tools = await pythonTools({ name: 'aws', requirements, onProgress: tell });
    const printed = printedVariables(readFileSync(logFile, 'utf8'));
    return new AwsCli(tools.command('aws'), { ...NOTHING_ELSE, ...printed }, folder);
  }

  /** The JSON that a command answers. Throws with what it said when it fails. */
  async ask<Answer>(...words: string[]): Promise<Answer> {
    const { status, stdout, output } = await this.#run(words);
    if (status === 0) return JSON.parse(stdout || '{}') as Answer;
    throw new Error(`aws ${words.slice(0, 2).join(' ')} ended with status ${status}:\n${output}`);
  }

  /** What a command that has to fail says. */
  async refusal(...words: string[]): Promise<string> {
    const { status, output } = await this.#run(words);
    if (status === 0) throw new Error(`aws ${words.slice(0, 2).join(' ')} was not refused`);
    return output;
  }

  #run(words: string[]): Promise<Ended> {
    return runCommand({
      command: this.#command,
      args: [...words, '--output', 'json'],
      folder: this.#folder,
      environment: this.#environment,
      limitMs: LIMIT_MS,
    });
  }
}

/** Whatever the machine is set up with must not help. */
const NOTHING_ELSE: Environment = {
  AWS_PROFILE: undefined,
  AWS_REGION: undefined,
  AWS_ENDPOINT_URL: undefined,
  AWS_SESSION_TOKEN: undefined,
  AWS_CONFIG_FILE: '/dev/null',
  AWS_SHARED_CREDENTIALS_FILE: '/dev/null',
};

/** The variables that the banner tells its reader to export. */
function printedVariables(log: string): Environment {
  const pairs = log
    .split('\n')
    .filter((line) => line.trim().startsWith('export '))
    .flatMap((line) => line.trim().slice('export '.length).split(' '))
    .map((pair) => pair.split('=', 2) as [string, string]);
  if (pairs.length === 0) throw new Error(`the banner prints no variables:\n${log.slice(-2000)}`);
  return Object.fromEntries(pairs);
}
