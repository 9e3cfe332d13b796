import { durationAtMemory } from '../../../common/cpuShare.ts';
import type { InitFailure } from '../environments/executionEnvironment.ts';
import type { FinishedInvocation } from './invocation.ts';

/** Lambda's own log lines: https://docs.aws.amazon.com/lambda/latest/dg/nodejs-logging.html */
interface ReportLine
  extends Pick<FinishedInvocation, 'durationMs' | 'cpuMs' | 'billedMs' | 'initMs'> {
  requestId: string;
  memoryMb: number;
  maxMemoryUsedMb: number;
  status?: 'timeout' | 'error';
  errorType?: string;
}

export const initStartLine = () => `INIT_START Runtime Version: nodejs:${process.version}`;
export const startLine = (requestId: string) => `START RequestId: ${requestId} Version: $LATEST`;
export const endLine = (requestId: string) => `END RequestId: ${requestId}`;

export function reportLine(report: ReportLine): string {
  const { initMs, status, errorType, durationMs, cpuMs, memoryMb } = report;
  return [
    `REPORT RequestId: ${report.requestId}`,
    `Duration: ${durationMs.toFixed(2)} ms`,
    `Billed Duration: ${report.billedMs} ms`,
    `Memory Size: ${memoryMb} MB`,
    `Max Memory Used: ${report.maxMemoryUsedMb} MB`,
    ...(initMs === undefined ? [] : [`Init Duration: ${initMs.toFixed(2)} ms`]),
    // Not on Lambda: what its share of a core would make of the duration.
    ...(cpuMs === undefined
      ? []
      : [
          `CPU Time: ${cpuMs.toFixed(2)} ms`,
          `Duration At Memory Size: ${durationAtMemory(durationMs, cpuMs, memoryMb).toFixed(2)} ms`,
        ]),
    ...(status === undefined ? [] : [`Status: ${status}`]),
    ...(errorType === undefined ? [] : [`Error Type: ${errorType}`]),
  ].join('\t');
}

/**
 * Whole milliseconds, with the init phase since August 2025:
 * https://aws.amazon.com/blogs/compute/aws-lambda-standardizes-billing-for-init-phase/
 */
export function billedDurationMs(durationMs: number, initMs: number | undefined): number {
  return Math.ceil(durationMs + (initMs ?? 0));
}

export const initReportLine = ({ initMs, status, error }: InitFailure): string =>
  `INIT_REPORT Init Duration: ${initMs.toFixed(2)} ms\tPhase: init\tStatus: ${status}\tError Type: ${error.errorType}`;
