import { clearScreenDown, cursorTo } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { type CommandContext, EXIT, type ExitCode } from '../commandLine.ts';
import type { Stage } from '../stage.ts';
import { readStatus } from './stageStatus.ts';
import { describeStatus } from './statusText.ts';

const EVERY_MS = 2000;

/** `sls status`: one screen, once or again and again. */
export function statusCommand(context: CommandContext): (stage: Stage) => Promise<ExitCode> {
  return context.options.watch === true
    ? (stage) => watch(context, stage)
    : async (stage) => {
        context.print(textOf(context, await readStatus(stage)));
        return EXIT.good;
      };
}

const textOf = ({ options }: CommandContext, status: Awaited<ReturnType<typeof readStatus>>) =>
  options.json === true ? JSON.stringify(status) : describeStatus(status);

/** Until Ctrl-C, over and over on one screen; where there is none, a screen after the other. */
async function watch(context: CommandContext, stage: Stage): Promise<ExitCode> {
  const { signal } = context;
  while (!signal.aborted) {
    const text = textOf(context, await readStatus(stage));
    if (process.stdout.isTTY && context.options.json !== true) {
      cursorTo(process.stdout, 0, 0);
      clearScreenDown(process.stdout);
    }
    context.print(text);
    await sleep(EVERY_MS, undefined, { signal }).catch(() => {});
  }
  return EXIT.good;
}
