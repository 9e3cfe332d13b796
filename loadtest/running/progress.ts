import { styleText } from 'node:util';

export interface Progress {
  /** A line that stays. */
  line(text: string): void;
  /** A line that the next one overwrites; only on a terminal. */
  status(text: string): void;
}

/** Talks to a person on stderr, so that stdout carries the result alone. */
export function progressOn(stream: NodeJS.WriteStream): Progress {
  const isTerminal = stream.isTTY === true && process.env.TERM !== 'dumb';
  let hasStatus = false;
  const clear = () => {
    if (hasStatus) stream.write('\r\x1b[2K');
    hasStatus = false;
  };
  return {
    line(text) {
      clear();
      stream.write(`${text}\n`);
    },
    status(text) {
      if (!isTerminal) return;
      clear();
      stream.write(styleText('dim', text.slice(0, (stream.columns ?? 80) - 1), { stream }));
      hasStatus = true;
    },
  };
}
