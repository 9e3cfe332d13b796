import { describe, expect, it } from '@jest/globals';
import { isSameService } from './openStage.ts';

describe('an address', () => {
  it.each([
    'http://localhost:8080',
    'http://127.0.0.1:8080/',
    'http://127.0.0.2:8080',
    'http://[::1]:8080',
  ])('%s is that of the local service on this port', (address) => {
    expect(isSameService(address, 'http://127.0.0.1:8080')).toBe(true);
  });

  it.each(['https://shop.example:8080', 'http://192.168.1.7:8080', 'http://localhost:8081'])(
    '%s is not',
    (address) => {
      expect(isSameService(address, 'http://127.0.0.1:8080')).toBe(false);
    },
  );
});
