import type { OrderPublisher } from '../../../lib/domain/ports.ts';
import { faultPoint } from './faultPoint.ts';

export const publishingUnderFaults = (
  publisher: OrderPublisher,
  step: 'publish' | 'republish',
): OrderPublisher => ({
  async publish(order) {
    await faultPoint(`before-${step}`, order);
    await publisher.publish(order);
    await faultPoint(`after-${step}`, order);
  },
});
