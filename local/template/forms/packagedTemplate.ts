import { existsSync, mkdirSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { isObject } from '../../../common/json.ts';
import { UsageError } from '../../../common/usageError.ts';
import { handlerModule } from '../../lambda/functions/handlerModule.ts';
import { TEMPLATE_FILE } from '../readTemplate.ts';
import type { TemplateResource } from '../resolve.ts';
import { expandSam } from './sam.ts';
import { readTemplateFile } from './templateFile.ts';

interface Place {
  templateFile: string;
  assetsDirectory: string;
}

/** Fills the folder as `sls package` does: the template, and the code of each function that can be run. */
export function packageTemplate(place: Place, folder: string): void {
  const template = expandSam(readTemplateFile(place.templateFile));
  const resources = Object.entries(template.Resources).map(([id, resource]) => {
    const code =
      resource.Type === 'AWS::Lambda::Function' && packageCode(id, resource, place, folder);
    if (!code) return [id, resource];
    return [id, { ...resource, Properties: { ...resource.Properties, Code: { S3Key: id } } }];
  });
  const packaged = { ...template, Resources: Object.fromEntries(resources) };
  writeFileSync(path.join(folder, TEMPLATE_FILE), JSON.stringify(packaged));
}

function packageCode(
  id: string,
  resource: TemplateResource,
  place: Place,
  folder: string,
): boolean {
  const { Code: code, Runtime: runtime, Handler: handler } = resource.Properties ?? {};
  // One that comes from a mapping is judged when it is resolved.
  if (typeof runtime === 'string' && !runtime.startsWith('nodejs')) return false;
  const target = path.join(folder, id);
  if (isObject(code) && code.ZipFile !== undefined) {
    if (typeof code.ZipFile !== 'string')
      throw new UsageError(
        `${id}.Code.ZipFile: only a text is run, got ${JSON.stringify(code.ZipFile)}`,
      );
    mkdirSync(target);
    writeFileSync(path.join(target, 'index.js'), code.ZipFile);
    return true;
  }
  const candidates = placesOf(code, resource, place);
  if (candidates.length === 0) return false;
  const found = candidates.find((candidate) => existsSync(candidate));
  if (found === undefined)
    throw new UsageError(
      `${id}.Code: there is none of ${candidates.join(', ')}; --assets names their folder`,
    );
  checkHandler(id, String(handler), found);
  symlinkSync(path.resolve(found), target);
  return true;
}

/** Where the code may be: SAM names a folder, and CDK a hash, after which its assets are called. */
function placesOf(
  code: unknown,
  { Metadata }: TemplateResource,
  { templateFile, assetsDirectory }: Place,
): string[] {
  if (typeof code === 'string')
    return [path.resolve(path.dirname(templateFile), code), path.resolve(assetsDirectory, code)];
  if (!isObject(code)) return [];
  const names: string[] = [];
  if (typeof Metadata?.['aws:asset:path'] === 'string') names.push(Metadata['aws:asset:path']);
  if (typeof code.S3Key === 'string') {
    const key = path.basename(code.S3Key);
    const bare = path.basename(key, '.zip');
    names.push(code.S3Key, key, `asset.${key}`, `asset.${bare}`, bare);
  }
  return [...new Set(names)].map((name) => path.resolve(assetsDirectory, name));
}

/** A folder of sources has none that Node.js could load before it is built. */
function checkHandler(id: string, handler: string, code: string): void {
  if (!statSync(code).isDirectory()) return;
  const { modulePath } = handlerModule(handler);
  const isThere = ['.js', '.mjs', '.cjs'].some((extension) =>
    existsSync(path.join(code, modulePath + extension)),
  );
  if (!isThere)
    throw new UsageError(
      `${id}.Handler: there is no ${modulePath}.js, .mjs or .cjs in ${code}; build it first, as \`sam build\` does`,
    );
}
