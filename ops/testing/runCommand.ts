import { type Command, type CommandContext, runOnStage } from '../commandLine.ts';

/** Runs a command as the framework does; returns its exit code and what it printed and told. */
export async function runCommand(
  command: Command,
  options: CommandContext['options'],
  words: string[] = [],
) {
  const printed: string[] = [];
  const told: string[] = [];
  const context: CommandContext = {
    options,
    words,
    stage: 'local',
    region: 'us-east-1',
    print: (text) => printed.push(text),
    tell: (text) => told.push(text),
    progress: () => {},
    isTerminal: false,
    signal: new AbortController().signal,
  };
  const exitCode = await runOnStage(context, command);
  return { exitCode, printed: printed.join('\n'), told: told.join('\n') };
}
