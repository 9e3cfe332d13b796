import type { GatewayStats } from '../local/gateway/gatewayStats.ts';
import type { HttpGateway } from '../local/gateway/httpGateway.ts';
import type { Lambda } from '../local/lambda/lambda.ts';
import type { LambdaSnapshot } from '../local/lambda/snapshot.ts';

/** `GET /api/stats`: the runtime's own counts, all since its start unless a name says otherwise. */
export interface RuntimeStats extends LambdaSnapshot {
  at: string;
  gateway: GatewayStats | undefined;
  memoryBytes: number;
}

export function runtimeStats(lambda: Lambda, gateway: HttpGateway | undefined): RuntimeStats {
  return {
    at: new Date().toISOString(),
    ...lambda.snapshot(),
    gateway: gateway?.stats(),
    memoryBytes: process.memoryUsage.rss(),
  };
}
