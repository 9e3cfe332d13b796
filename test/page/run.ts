import { spawnSync } from 'node:child_process';
import path from 'node:path';
import { findChromium } from './chromium.ts';

/** `npm run test:page`: exit status 2 where there is no Chromium to ask. */
if (findChromium() === undefined) {
  process.stderr.write(
    'The page tests need Chromium: apt-get install chromium, or name one with CHROMIUM_PATH.\n',
  );
  process.exit(2);
}

const root = path.resolve(import.meta.dirname, '../..');
const { status } = spawnSync(
  process.execPath,
  [
    '--experimental-vm-modules',
    '--disable-warning=ExperimentalWarning',
    'node_modules/jest/bin/jest.js',
    '--config',
    'test/page/jest.config.ts',
    '--maxWorkers=2',
    ...process.argv.slice(2),
  ],
  { cwd: root, stdio: 'inherit' },
);
process.exit(status ?? 1);
