import { randomHex } from './randomness.ts';

/** https://docs.aws.amazon.com/xray/latest/devguide/xray-concepts.html#xray-concepts-tracingheader */
export const newTraceId = (nowMs: number): string =>
  `${traceRoot(nowMs)};Parent=${randomHex(16)};Sampled=0`;

/** As API Gateway hands it on. */
export const traceRoot = (nowMs: number): string =>
  `Root=1-${Math.floor(nowMs / 1000).toString(16)}-${randomHex(24)}`;
