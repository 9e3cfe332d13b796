import process from 'node:process';

/** Reaches a child process that leads a group, and all that it has started; false when nothing of it lives. */
export function signalGroup(pid: number, signal: NodeJS.Signals | number): boolean {
  // 0 would reach the process group of this process.
  if (pid <= 0) return false;
  try {
    return process.kill(process.platform === 'win32' ? pid : -pid, signal);
  } catch {
    return false;
  }
}
