import { LogBook } from './logBook.ts';
import { MetricBook } from './metricBook.ts';

type OnLog = (functionKey: string, line: string) => void;

/** What the functions wrote, from their first line on: made before they start, read by the console. */
export class Observations {
  readonly metrics = new MetricBook();
  readonly logs = new LogBook();

  /** Listens in on what is handed to `next`. */
  listen(next: OnLog): OnLog {
    return (functionKey, line) => {
      if (!this.metrics.add(line)) this.logs.add(functionKey, line);
      next(functionKey, line);
    };
  }
}
