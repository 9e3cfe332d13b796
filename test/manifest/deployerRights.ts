import { globSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { matches, statementsIn } from '../../ops/preflight/compiledTemplate.ts';

export const POLICY = 'docs/deployer-policy.json';

/** Actions that a type may need for what our template does not use. */
const NOT_USED: [action: RegExp, reason: string][] = [
  [/^kms:/, 'no key of our own'],
  [/^(ec2|elasticfilesystem|s3files):/, 'no network and no file system'],
  [/^(kinesis|firehose|s3tables):/, 'no stream, delivery or table bucket'],
  [/^lambda:(GetCodeSigningConfig|GetLayerVersion|PassCapacityProvider)$/, 'neither of the three'],
  [/^iam:(Attach|Detach)(User|Group)Policy$/, 'policies for roles alone'],
  [/^iam:(Put|Delete)RolePermissionsBoundary$/, 'no boundary'],
];

interface Schema {
  typeName: string;
  handlers?: Record<string, { permissions?: string[] }>;
}

/** Actions that AWS's own schemas ask of whoever deploys these types, and the policy does not allow. */
export function missingRights(types: string[], venv: string): string[] {
  const policy: unknown = JSON.parse(readFileSync(POLICY, 'utf8'));
  const allowed = statementsIn(policy).flatMap(({ actions }) => actions);
  const missing = schemasOf(types, venv).flatMap(({ typeName, handlers = {} }) =>
    Object.entries(handlers)
      .filter(([handler]) => handler !== 'list')
      .flatMap(([, { permissions = [] }]) => permissions)
      .filter((action) => !NOT_USED.some(([unused]) => unused.test(action)))
      .filter((action) => !allowed.some((pattern) => matches(pattern, action)))
      .map((action) => `${typeName} needs ${action}`),
  );
  return [...new Set(missing)];
}

/** As cfn-lint brings them along. */
function schemasOf(types: string[], venv: string): Schema[] {
  const folder = path.join(venv, 'lib/python*/site-packages/cfnlint/data/schemas/resources');
  const schemas = globSync(`${folder}/*.json`)
    .map((file) => readFileSync(file, 'utf8'))
    .filter((text) => types.some((type) => text.includes(`"${type}"`)))
    .map((text) => JSON.parse(text) as Schema);
  const known = schemas.filter(({ typeName }) => types.includes(typeName));
  const unknown = types.filter((type) => !known.some(({ typeName }) => typeName === type));
  if (unknown.length > 0) throw new Error(`cfn-lint has no schema of ${unknown.join(', ')}`);
  return known;
}
