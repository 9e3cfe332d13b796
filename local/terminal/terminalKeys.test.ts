import { EventEmitter } from 'node:events';
import { describe, expect, it } from '@jest/globals';
import { listenToKeys, openBrowser } from './terminalKeys.ts';

class FakeTerminal extends EventEmitter {
  readonly modes: boolean[] = [];
  isTTY: boolean;

  constructor(isTTY: boolean) {
    super();
    this.isTTY = isTTY;
  }

  setRawMode(mode: boolean) {
    this.modes.push(mode);
    return this;
  }

  resume() {
    return this;
  }

  pause() {
    return this;
  }
}

function listening(isTTY: boolean) {
  const terminal = new FakeTerminal(isTTY);
  const pressed: string[] = [];
  const stop = listenToKeys(terminal as unknown as Parameters<typeof listenToKeys>[0], {
    open: () => pressed.push('open'),
    lines: () => pressed.push('lines'),
    banner: () => pressed.push('banner'),
    quit: () => pressed.push('quit'),
  });
  return { terminal, pressed, stop };
}

describe('The keys of the terminal', () => {
  it('open the console, turn lines on and off, show the banner, and quit, as does Ctrl-C', () => {
    const { terminal, pressed } = listening(true);
    for (const keys of ['x', 'o', 'l', 'b', 'q', '\u0003'])
      terminal.emit('data', Buffer.from(keys));

    expect(pressed).toEqual(['open', 'lines', 'banner', 'quit', 'quit']);
  });

  it('leave the terminal as they found it', () => {
    const { terminal, stop } = listening(true);
    stop();

    expect(terminal.modes).toEqual([true, false]);
    expect(terminal.listenerCount('data')).toBe(0);
  });

  it('are not listened to where nobody sits', () => {
    const { terminal } = listening(false);

    expect(terminal.modes).toEqual([]);
    expect(terminal.listenerCount('data')).toBe(0);
  });
});

describe('Opening the console', () => {
  const ADDRESS = 'http://127.0.0.1:8081';

  it.each([
    ['has no command for it', ['flash-sale-no-such-command']],
    ['has no browser', ['sh', '-c', 'exit 3']],
  ] as [string, [string, ...string[]]][])(
    'says where it is on a machine that %s',
    async (_what, opener) => {
      const said = await new Promise<string>((resolve) => openBrowser(ADDRESS, resolve, opener));

      expect(said).toContain(ADDRESS);
    },
  );
});
