/** Flags that a thread takes for itself; all others hold for a whole process. */
const OF_A_THREAD =
  /^(--enable-source-maps|--(no-)?warnings|--disable-warning=|--trace-(warnings|deprecation|uncaught|exit)$|--throw-deprecation|--no-deprecation|--pending-deprecation|(-C|--conditions)[= ]|--unhandled-rejections=|--(no-)?experimental-|--preserve-symlinks)/;
const PRELOAD = /^(?:-r|--require|--import)(?:=|\s+)(.+)$/;
const TAKES_VALUE = /^(-r|--require|--import|-C|--conditions)$/;

export interface NodeOptions {
  ofThread: string[];
  /** What is loaded before the function's code. */
  preloads: string[];
  notApplied: string[];
}

/** https://nodejs.org/api/cli.html#node_optionsoptions */
export function readNodeOptions(text = ''): NodeOptions {
  const words = text.match(/(?:[^\s"]|"(?:\\.|[^"\\])*")+/g) ?? [];
  const options: NodeOptions = { ofThread: [], preloads: [], notApplied: [] };
  for (let index = 0; index < words.length; index += 1) {
    const word = words[index] ?? '';
    const option = (TAKES_VALUE.test(word) ? `${word} ${words[++index]}` : word).replaceAll(
      '"',
      '',
    );
    const preload = PRELOAD.exec(option)?.[1];
    if (preload !== undefined) options.preloads.push(preload);
    else if (OF_A_THREAD.test(option)) options.ofThread.push(...option.split(' '));
    else options.notApplied.push(option);
  }
  return options;
}
