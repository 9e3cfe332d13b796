import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
} from 'node:fs';
import path from 'node:path';
import { unzipSync } from 'fflate';
import { PACKAGING_FOR_LOCAL } from '../../local/framework/packaging.ts';
import type { ServiceModel } from '../../local/template/model.ts';
import { readTemplate } from '../../local/template/readTemplate.ts';
import type { Template } from '../../local/template/resolve.ts';

const ROOT = path.resolve(import.meta.dirname, '../..');

/** What stage prod cannot go without, and batches that are large: a rule of the preflight is about them. */
export const PRODUCTION = {
  ORDER_ID_SALT: 'a salt of sixteen characters',
  ALARM_TOPIC_ARN: 'arn:aws:sns:us-east-1:123456789012:alarms',
  BATCH_SIZE: '20',
};

/** Parameters that touch different parts of the template, for one packaging in place of three. */
export const UNUSUAL = {
  ...{ TRACING: 'on', LOG_RETENTION_DAYS: '30', RESERVED_CONCURRENCY: 'off' },
  ...{ WARM_WRITES: '8000', WARM_READS: '20000' },
};

export interface CompiledManifest {
  template: Template;
  model: ServiceModel;
  /** Bytes of each function's zip, by file name. */
  zipBytes: Record<string, number>;
  /** The bundle in each of them, as text. */
  bundles: Record<string, string>;
}

/**
 * Packages the service as `sls package` does, once in a test run for the same stage and parameters; those of the
 * same sources share their bundles. Throws with what the framework said when it refuses.
 */
export function compileManifest(
  stage: string,
  parameters: Record<string, string> = {},
): CompiledManifest {
  const folder = packaged(stage, parameters);
  const place = {
    service: 'flash-sale',
    stage,
    region: 'us-east-1',
    apiUrl: 'http://api',
    sqsUrl: 'http://sqs',
  };
  const zips = readdirSync(folder).filter((file) => file.endsWith('.zip'));
  return {
    template: JSON.parse(
      readFileSync(path.join(folder, 'cloudformation-template-update-stack.json'), 'utf8'),
    ),
    model: readTemplate(folder, place),
    zipBytes: Object.fromEntries(zips.map((zip) => [zip, statSync(path.join(folder, zip)).size])),
    bundles: Object.fromEntries(zips.map((zip) => [zip, bundleIn(path.join(folder, zip))])),
  };
}

function packaged(stage: string, parameters: Record<string, string>): string {
  const packages = process.env.MANIFEST_PACKAGES ?? '';
  const given = JSON.stringify([stage, Object.entries(parameters).sort()]);
  const kept = path.join(packages, createHash('sha256').update(given).digest('hex'));
  if (existsSync(kept)) return kept;
  const folder = mkdtempSync(path.join(packages, 'package-'));
  try {
    execFileSync(
      process.execPath,
      ['node_modules/.bin/sls', 'package', '--stage', stage, '--package', folder],
      {
        cwd: ROOT,
        env: { ...process.env, ...parameters, NODE_OPTIONS: '', [PACKAGING_FOR_LOCAL]: 'true' },
        encoding: 'utf8',
        stdio: ['ignore', 'pipe', 'pipe'],
      },
    );
  } catch (error) {
    const { stdout, stderr, message } = error as Error & { stdout?: string; stderr?: string };
    throw new Error(stdout || stderr || message);
  }
  try {
    renameSync(folder, kept);
  } catch {
    // Another test file has packaged the same in the meantime.
    rmSync(folder, { recursive: true });
  }
  return kept;
}

const bundleIn = (zip: string): string =>
  Object.entries(unzipSync(readFileSync(zip)))
    .filter(([name]) => name.endsWith('.js'))
    .map(([, text]) => Buffer.from(text).toString())
    .join('\n');
