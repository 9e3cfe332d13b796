import { existsSync, readdirSync, readFileSync } from 'node:fs';

/** The CPU that the threads of a process have taken so far, by their names: of Linux, which cuts a name after 15 letters. */
export function cpuMsByThread(pid: number): Map<string, number> {
  if (!existsSync('/proc'))
    throw new Error('the CPU of a thread is read from /proc, which only Linux has');
  const found = new Map<string, number>();
  for (const thread of readdirSync(`/proc/${pid}/task`)) {
    const read = (file: string) => readFileSync(`/proc/${pid}/task/${thread}/${file}`, 'utf8');
    const name = read('comm').trim();
    const [ranNs] = read('schedstat').split(' ');
    found.set(name, (found.get(name) ?? 0) + Number(ranNs) / 1e6);
  }
  return found;
}

/** What each thread has taken since, of each of so many orders; the fullest first. */
export const msPerOrder = (
  before: Map<string, number>,
  after: Map<string, number>,
  orders: number,
): [name: string, ms: number][] =>
  [...after]
    .map(([name, ms]): [string, number] => [name, (ms - (before.get(name) ?? 0)) / orders])
    .sort(([, a], [, b]) => b - a);
