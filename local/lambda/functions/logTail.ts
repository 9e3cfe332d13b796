/** https://docs.aws.amazon.com/lambda/latest/api/API_Invoke.html#API_Invoke_ResponseSyntax: the last 4 KB of the log */
const LIMIT_BYTES = 4096;

/** Gathers the log of one invocation. */
export class LogTail {
  #lines: string[] = [];

  add(line: string): void {
    this.#lines.push(`${line}\n`);
  }

  get text(): string {
    return Buffer.from(this.#lines.join('')).subarray(-LIMIT_BYTES).toString();
  }
}
