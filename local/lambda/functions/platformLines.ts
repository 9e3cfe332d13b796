/** Lambda's own log lines: https://docs.aws.amazon.com/lambda/latest/dg/nodejs-logging.html */
interface ReportLine {
  requestId: string;
  durationMs: number;
  initMs: number | undefined;
  memoryMb: number;
  maxMemoryUsedMb: number;
  status?: 'timeout' | 'error';
  errorType?: string;
}

export const initStartLine = () => `INIT_START Runtime Version: nodejs:${process.version}`;
export const startLine = (requestId: string) => `START RequestId: ${requestId} Version: $LATEST`;
export const endLine = (requestId: string) => `END RequestId: ${requestId}`;

export function reportLine(report: ReportLine): string {
  const { requestId, durationMs, initMs, status, errorType } = report;
  return [
    `REPORT RequestId: ${requestId}`,
    `Duration: ${durationMs.toFixed(2)} ms`,
    `Billed Duration: ${billedMs(durationMs, initMs)} ms`,
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
export function billedMs(durationMs: number, initMs: number | undefined): number {
  return Math.ceil(durationMs + (initMs ?? 0));
}

export function initReportLine(
  initMs: number,
  status: 'timeout' | 'error',
  errorType?: string,
): string {
  const head = `INIT_REPORT Init Duration: ${initMs.toFixed(2)} ms\tPhase: init\tStatus: ${status}`;
  return errorType === undefined ? head : `${head}\tError Type: ${errorType}`;
}
