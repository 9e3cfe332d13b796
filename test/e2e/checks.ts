import { styleText } from 'node:util';

/** Runs one check after another, tells each result on stderr, and counts. */
export class Checks {
  passed = 0;
  failed = 0;

  async run(name: string, check: () => Promise<void>): Promise<boolean> {
    const startedAt = performance.now();
    try {
      await check();
      this.passed += 1;
      tell(`${mark('green', '✓')} ${name} (${seconds(startedAt)})`);
      return true;
    } catch (error) {
      this.failed += 1;
      tell(`${mark('red', '✗')} ${name} (${seconds(startedAt)})\n${indent(messageOf(error))}`);
      return false;
    }
  }

  add({ passed, failed }: { passed: number; failed: number }): void {
    this.passed += passed;
    this.failed += failed;
  }

  get summary(): string {
    return `${this.passed} passed, ${this.failed} failed`;
  }
}

export const tell = (text: string): void => void process.stderr.write(`${text}\n`);

const mark = (colour: 'green' | 'red', text: string) =>
  styleText(colour, text, { stream: process.stderr });
const seconds = (startedAt: number) => `${((performance.now() - startedAt) / 1000).toFixed(1)} s`;
const messageOf = (error: unknown) => (error instanceof Error ? error.message : String(error));
const indent = (text: string) => text.replaceAll(/^/gm, '    ');
