import { describe, expect, it } from '@jest/globals';
import { LineFlow } from './lineFlow.ts';

function flow() {
  const said: string[] = [];
  const lines = new LineFlow((text) => said.push(text));
  const take = (count: number, key = 'queueWorker', isBad = false) => {
    for (let line = 0; line < count; line += 1) lines.take(key, `${key} line`, isBad);
  };
  return { said, lines, take };
}

describe('Log lines on a terminal', () => {
  it('are shown as they come while they are few', () => {
    const { said, lines, take } = flow();
    for (let second = 0; second < 3; second += 1) {
      take(25);
      lines.tick();
    }
    expect(said).toHaveLength(75);
  });

  it('are one line a second while they are many, with those that warn counted', () => {
    const { said, lines, take } = flow();
    take(200);
    lines.tick();
    said.length = 0;
    take(180);
    take(2, 'orderAsync', true);
    lines.tick();

    expect(said).toEqual([
      'Lines in a second: queueWorker 180, orderAsync 2; 2 of them warnings or errors (l shows all, the console keeps them)',
    ]);
  });

  it('are shown again once they are few, and all of them on demand', () => {
    const { said, lines, take } = flow();
    take(200);
    lines.tick();
    lines.tick();
    said.length = 0;
    take(3);
    expect(said).toHaveLength(3);

    lines.isWhole = true;
    take(100);
    expect(said).toHaveLength(103);
  });
});
