import { hostname, userInfo } from 'node:os';

/** Who is written down for what was done by hand. */
export const operatorName = (): string => `${userInfo().username}@${hostname()}`;
