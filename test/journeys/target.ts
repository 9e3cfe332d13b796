import type { ReadyFile } from '../../contracts/readyFile.ts';

/** Where the journeys go: the address, and what the targets answer differently. Handed to the tests as JSON. */
export interface JourneyTarget {
  name: 'local' | 'ministack' | 'aws';
  /** The API's address, with the path that leads to it and no slash at its end. */
  api: string;
  region: string;
  /** Of the AWS services; without them the SDK's own. */
  endpoints?: { sns: string; sqs: string; dynamodb: string; lambda: string };
  outputs: Record<string, string>;
  differences: TargetDifferences;
}

export interface TargetDifferences {
  /** What the gateway answers when there is no concurrency left. */
  throttledStatus: number;
  /** Buyers at once that it can give an environment each, within a function's timeout. */
  crowd: number;
  /** What it answers to a route that is not there. */
  unknownRouteBody: unknown;
}

/** API Gateway HTTP API: https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-troubleshooting-lambda.html */
export const AS_ON_AWS: TargetDifferences = {
  throttledStatus: 503,
  crowd: 50,
  unknownRouteBody: { message: 'Not Found' },
};

export const MINISTACK: TargetDifferences = {
  throttledStatus: 429,
  // Each environment is an operating system process, which a small machine starts a few of a second.
  crowd: 12,
  unknownRouteBody: { message: 'Not Found' },
};

const VARIABLE = 'JOURNEY_TARGET';

export function publishTarget(target: JourneyTarget): void {
  process.env[VARIABLE] = JSON.stringify(target);
}

export function journeyTarget(): JourneyTarget {
  const json = process.env[VARIABLE];
  if (json === undefined)
    throw new Error(`${VARIABLE} is not set: run the journeys through jest's project "journeys"`);
  return JSON.parse(json) as JourneyTarget;
}

/** A running local service as a target. */
export const localTarget = ({ api, endpoints, outputs }: ReadyFile): JourneyTarget => ({
  name: 'local',
  api,
  region: 'us-east-1',
  endpoints,
  outputs: { ...outputs },
  differences: AS_ON_AWS,
});
