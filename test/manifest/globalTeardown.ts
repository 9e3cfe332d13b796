import { rmSync } from 'node:fs';

export default function tearDown(): void {
  rmSync(process.env.MANIFEST_PACKAGES ?? '', { recursive: true });
}
