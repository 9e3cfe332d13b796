import { ApiProblem } from './api.ts';

interface Question<T> {
  path: string;
  /** How long after an answer it is asked again. */
  everyMs: number;
  /** True of an answer after which no other is wanted; without it, another always is. */
  isLast?: (answer: T) => boolean;
  /** Draws what came of it, answer or problem. */
  redraw: () => void;
}

/** Asking again would be answered the same: the address is wrong, or nothing is there. */
const FINAL_STATUSES = [400, 404];

/** Asks the API again and again. A new question ends the one before, whose late answer is dropped. */
export class Polling<T> {
  /** The latest answer, also while another question waits for its first. */
  found: T | undefined;
  /** Stands until a good answer or another question, so that it does not flicker. */
  problem = '';
  isRunning = false;
  #path = '';
  #generation = 0;
  #timer: ReturnType<typeof setTimeout> | undefined;
  readonly #get: (path: string) => Promise<T>;

  constructor(getPath: (path: string) => Promise<T>) {
    this.#get = getPath;
  }

  ask(question: Question<T>): void {
    this.stop();
    if (question.path !== this.#path) this.problem = '';
    this.#path = question.path;
    void this.#read(question, this.#generation);
  }

  stop(): void {
    this.#generation += 1;
    this.isRunning = false;
    clearTimeout(this.#timer);
  }

  async #read(question: Question<T>, generation: number): Promise<void> {
    this.isRunning = true;
    const settle = await this.#answer(question);
    if (generation !== this.#generation) return;
    const isOver = settle();
    this.isRunning = false;
    question.redraw();
    if (isOver) return;
    this.#timer = setTimeout(() => void this.#read(question, generation), question.everyMs);
  }

  /** Returns what to do with the answer, if it is still wanted; that tells whether it was the last. */
  async #answer({ path, isLast }: Question<T>): Promise<() => boolean> {
    try {
      const answer = await this.#get(path);
      return () => {
        this.problem = '';
        this.found = answer;
        return isLast?.(answer) ?? false;
      };
    } catch (error) {
      return () => {
        this.problem = (error as Error).message;
        return error instanceof ApiProblem && FINAL_STATUSES.includes(error.status);
      };
    }
  }
}
