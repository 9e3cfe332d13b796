import { processMessage as processed } from '../../../lib/domain/processMessage.ts';

/** A message is gone before its order is paid: what the books must find. */
export const processMessage: typeof processed = async (...message) => {
  void processed(...message).catch(() => {});
};
