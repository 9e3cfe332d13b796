import type { RuntimeStats } from '../contracts/runtimeStats.ts';
import type { HttpGateway } from '../local/gateway/httpGateway.ts';
import type { Lambda } from '../local/lambda/lambda.ts';

export function runtimeStats(lambda: Lambda, gateway: HttpGateway | undefined): RuntimeStats {
  return {
    at: new Date().toISOString(),
    ...lambda.snapshot(),
    gateway: gateway?.stats(),
    memoryBytes: process.memoryUsage.rss(),
  };
}
