import { spawn } from 'node:child_process';

/** What each key does. */
export interface Keys {
  open: () => void;
  lines: () => void;
  banner: () => void;
  quit: () => void;
}

type Terminal = Pick<NodeJS.ReadStream, 'isTTY' | 'setRawMode' | 'on' | 'off' | 'resume' | 'pause'>;

const CTRL_C = '\u0003';

/** Listens for `o`, `l`, `b` and `q` where a person sits at a terminal; returns how to leave it as it was. */
export function listenToKeys(terminal: Terminal, { open, lines, banner, quit }: Keys): () => void {
  if (!terminal.isTTY) return () => {};
  const listen = (chunk: Buffer) => {
    for (const key of chunk.toString()) {
      if (key === 'o') open();
      if (key === 'l') lines();
      if (key === 'b') banner();
      // A raw terminal sends no signal of its own.
      if (key === 'q' || key === CTRL_C) quit();
    }
  };
  terminal.setRawMode(true);
  terminal.on('data', listen);
  terminal.resume();
  return () => {
    terminal.off('data', listen);
    terminal.setRawMode(false);
    terminal.pause();
  };
}

type Opener = [command: string, ...args: string[]];

const OPENERS: Partial<Record<NodeJS.Platform, Opener>> = {
  darwin: ['open'],
  win32: ['cmd', '/c', 'start', ''],
};

/** Opens an address in the browser, with what the platform has for that; says so where it has nothing. */
export function openBrowser(
  address: string,
  say: (text: string) => void,
  [command, ...args]: Opener = OPENERS[process.platform] ?? ['xdg-open'],
): void {
  const apologize = () => say(`No browser could be opened. The console is at ${address}`);
  const child = spawn(command, [...args, address], { stdio: 'ignore', detached: true });
  child.once('error', apologize);
  child.once('exit', (status) => {
    if (status !== 0) apologize();
  });
  child.unref();
}
