import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { ApiProblem } from './api.ts';
import { Polling } from './polling.ts';

const EVERY_MS = 500;

beforeEach(() => void jest.useFakeTimers());
afterEach(() => void jest.useRealTimers());

/** Every read waits until the test answers it. */
function world() {
  const asked: { path: string; answer: (text: string) => void; fail: (error: Error) => void }[] =
    [];
  const taken: string[] = [];
  const polling = new Polling<string>(
    (path) =>
      new Promise((answer, fail) => {
        asked.push({ path, answer, fail });
      }),
  );
  const ask = (path: string, isLast = (_text: string) => false) =>
    polling.ask({
      path,
      everyMs: EVERY_MS,
      redraw: () => {},
      isLast: (text) => {
        taken.push(text);
        return isLast(text);
      },
    });
  const settle = async (index: number, outcome: string | Error) => {
    if (typeof outcome === 'string') asked[index]?.answer(outcome);
    else asked[index]?.fail(outcome);
    await jest.advanceTimersByTimeAsync(EVERY_MS);
  };
  return { asked, taken, polling, ask, settle };
}

describe('A view that polls', () => {
  it('asks again until it has what it wants', async () => {
    const { asked, taken, polling, ask, settle } = world();
    ask('/order', (text) => text === 'completed');
    await settle(0, 'pending');
    await settle(1, 'completed');

    expect(taken).toEqual(['pending', 'completed']);
    expect(asked).toHaveLength(2);
    expect(polling.found).toBe('completed');
  });

  it('drops the late answer to an older question, and asks only the new one again', async () => {
    const { asked, taken, ask, settle } = world();
    ask('/old');
    ask('/new');
    await settle(1, 'new');
    await settle(0, 'old');
    await settle(2, 'newer');

    expect(taken).toEqual(['new', 'newer']);
    expect(asked.map(({ path }) => path)).toEqual(['/old', '/new', '/new', '/new']);
  });

  it('asks no more once it was left, though an answer was on its way', async () => {
    const { asked, taken, polling, ask, settle } = world();
    ask('/order');
    polling.stop();
    await settle(0, 'pending');

    expect([asked.length, taken.length]).toEqual([1, 0]);
  });

  it.each([400, 404])('asks no more after a %d, which would come again', async (status) => {
    const { asked, polling, ask, settle } = world();
    ask('/order');
    await settle(0, new ApiProblem(status, 'there is no such order'));

    expect(asked).toHaveLength(1);
    expect(polling.problem).toBe('there is no such order');
  });

  it('keeps a problem on the page until an answer comes', async () => {
    const { polling, ask, settle } = world();
    ask('/order');
    await settle(0, new ApiProblem(0, 'The service does not answer.'));
    expect(polling.problem).toBe('The service does not answer.');
    await settle(1, new ApiProblem(0, 'The service does not answer.'));
    expect(polling.problem).toBe('The service does not answer.');
    await settle(2, 'pending');

    expect(polling.problem).toBe('');
  });

  it('forgets the problem of another question', async () => {
    const { polling, ask, settle } = world();
    ask('/unknown');
    await settle(0, new ApiProblem(404, 'there is no such order'));
    ask('/known');

    expect(polling.problem).toBe('');
  });
});
