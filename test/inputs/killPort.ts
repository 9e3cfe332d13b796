import { readFileSync } from 'node:fs';
import { type AddressInfo, Server } from 'node:net';
import { isMainThread } from 'node:worker_threads';

/** Loaded into a service by `--import`: ends the server whose port is written into the file KILL_PORT_FILE. */
const LOOK_EVERY_MS = 50;
const file = process.env.KILL_PORT_FILE ?? '';
const listen = Server.prototype.listen as (this: Server, ...rest: unknown[]) => Server;

Server.prototype.listen = function listenUntilKilled(this: Server, ...rest: unknown[]) {
  this.once('listening', () => {
    const { port } = this.address() as AddressInfo;
    const timer = setInterval(() => portToKill() === port && kill(), LOOK_EVERY_MS).unref();
    const forget = () => clearInterval(timer);
    this.once('close', forget);
    const kill = () => {
      forget();
      if (!isMainThread) throw new Error('killed from inside');
      this.close();
      (this as Partial<{ closeAllConnections(): void }>).closeAllConnections?.();
    };
  });
  return listen.call(this, ...rest);
};

function portToKill(): number | undefined {
  try {
    return Number(readFileSync(file, 'utf8'));
  } catch {
    return undefined;
  }
}
