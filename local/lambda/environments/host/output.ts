import { Console } from 'node:console';
import { Writable } from 'node:stream';
import { format } from 'node:util';

const LEVELS = {
  log: 'INFO',
  info: 'INFO',
  debug: 'DEBUG',
  warn: 'WARN',
  error: 'ERROR',
  trace: 'TRACE',
};

/** What one environment writes: whole lines from its streams, and `console` in a format of Lambda's runtime. */
export class Output {
  readonly stdout: LineStream;
  readonly stderr: LineStream;
  readonly console: Console;
  requestId: string | undefined;
  readonly #emit: (line: string) => void;
  readonly #isJson: boolean;

  constructor(emit: (line: string) => void, isJson: boolean) {
    this.#emit = emit;
    this.#isJson = isJson;
    this.stdout = new LineStream(emit);
    this.stderr = new LineStream(emit);
    this.console = new Console(this.stdout, this.stderr);
    for (const [method, level] of Object.entries(LEVELS)) {
      const write = (...args: unknown[]) => this.write(level, format(...args));
      Object.defineProperty(this.console, method, {
        value: write,
        writable: true,
        configurable: true,
      });
    }
  }

  /** `time <tab> request id <tab> level <tab> message`, or an object of them: https://docs.aws.amazon.com/lambda/latest/dg/nodejs-logging.html */
  write(level: string, message: string): void {
    const timestamp = new Date().toISOString();
    const { requestId } = this;
    this.#emit(
      this.#isJson
        ? JSON.stringify({ timestamp, level, requestId, message })
        : `${timestamp}\t${requestId}\t${level}\t${message}`,
    );
  }

  /** Lets out what was written without a line end. */
  flush(): void {
    this.stdout.flush();
    this.stderr.flush();
  }
}

class LineStream extends Writable {
  readonly #onLine: (line: string) => void;
  #rest = '';

  constructor(onLine: (line: string) => void) {
    super({ decodeStrings: false });
    this.#onLine = onLine;
  }

  override _write(chunk: string | Buffer, _encoding: string, done: () => void): void {
    const lines = (this.#rest + chunk.toString()).split('\n');
    this.#rest = lines.pop() ?? '';
    for (const line of lines) this.#onLine(line);
    done();
  }

  flush(): void {
    if (this.#rest !== '') this.#onLine(this.#rest);
    this.#rest = '';
  }
}
