import { ChildProcess } from 'node:child_process';
import { currentEnvironment } from './currentEnvironment.ts';
import { signalGroup } from './processGroup.ts';
import type { FromHost } from './protocol.ts';
import { endEmitter } from './resources.ts';

interface Spawning {
  spawn(this: ChildProcess, options: object): unknown;
}

/**
 * Makes every child process of this thread the leader of a process group, which ends with its execution environment.
 * The main thread is told of each, since it alone can act when this thread is blocked or gone.
 */
export function followChildProcesses(post: (message: FromHost) => void): void {
  // All ways to start one lead through this method, however the function has come by them.
  const prototype = ChildProcess.prototype as unknown as Spawning;
  const { spawn } = prototype;
  prototype.spawn = function (options) {
    const resources = currentEnvironment.getStore()?.resources;
    if (resources?.ended) throw new Error('The execution environment has ended');
    const result = spawn.call(this, { ...options, detached: process.platform !== 'win32' });
    const { pid } = this;
    if (pid === undefined) return result;
    const forget = () => {
      if (signalGroup(pid, 0)) return;
      resources?.remove(this);
      post({ type: 'childEnded', pid });
    };
    post({ type: 'childStarted', pid });
    this.once('exit', forget);
    resources?.add(this, () => {
      for (const part of [this, ...this.stdio]) if (part) endEmitter(part);
      signalGroup(pid, 'SIGKILL');
      post({ type: 'childEnded', pid });
    });
    return result;
  };
}
