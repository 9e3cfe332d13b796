import { healthRules, readConfig } from '../lib/platform/config.ts';
import { type HttpResponse, httpStack } from '../lib/platform/httpStack.ts';

interface HealthDeps {
  service: string;
  stage: string;
  version: string;
}

/** GET /health: says that the function runs. It asks no table and no topic, so it fails alone. */
export const createHealth = (deps: HealthDeps) => async (): Promise<HttpResponse> => ({
  statusCode: 200,
  headers: { 'content-type': 'application/json' },
  body: JSON.stringify({ status: 'ok', ...deps }),
});

function liveDeps(): HealthDeps {
  const config = readConfig(healthRules());
  return {
    service: config.POWERTOOLS_SERVICE_NAME,
    stage: config.STAGE,
    version: config.SERVICE_VERSION,
  };
}

export const handler = httpStack(createHealth(liveDeps()));
