/** Reaches a child process that leads a group, and all that it has started; false when nothing of it lives. */
export function signalGroup(pid: number, signal: 'SIGKILL' | 0): boolean {
  try {
    return process.kill(process.platform === 'win32' ? pid : -pid, signal);
  } catch {
    return false;
  }
}
