import type { InitFailure } from '../environments/executionEnvironment.ts';
import type { FinishedInvocation } from './invocation.ts';

/** Lambda's own log lines: https://docs.aws.amazon.com/lambda/latest/dg/nodejs-logging.html */
interface ReportLine extends Pick<FinishedInvocation, 'durationMs' | 'billedMs' | 'initMs'> {
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
  const { initMs, status, errorType } = report;
  return [
    `REPORT RequestId: ${report.requestId}`,
    `Duration: ${report.durationMs.toFixed(2)} ms`,
    `Billed Duration: ${report.billedMs} ms`,
    `Memory Size: ${report.memoryMb} MB`,
    `Max Memory Used: ${report.maxMemoryUsedMb} MB`,
    ...(initMs === undefined ? [] : [`Init Duration: ${initMs.toFixed(2)} ms`]),
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
