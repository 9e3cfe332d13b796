import { orderIdIn } from '../../../lib/domain/order.ts';
import { processMessage as processed } from '../../../lib/domain/processMessage.ts';
import { faultPoint } from './faultPoint.ts';

export * from '../../../lib/domain/processMessage.ts';

export const processMessage: typeof processed = async (deps, text, way, timeLeftMs) => {
  await processed(deps, text, way, timeLeftMs);
  await faultPoint('before-acknowledgement', { order_id: orderIdIn(text) ?? '', way });
};
