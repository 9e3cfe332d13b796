import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';

/** Where the test files of one run share what they have packaged. */
export default function setUp(): void {
  process.env.MANIFEST_PACKAGES = mkdtempSync(path.join(tmpdir(), 'flash-sale-manifest-'));
}
