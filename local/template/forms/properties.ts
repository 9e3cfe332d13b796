import { isObject } from '../../../common/json.ts';
import type { TemplateResource } from '../resolve.ts';

export type Properties = Record<string, unknown>;
export type Resources = Record<string, TemplateResource>;

export const asProperties = (value: unknown): Properties => (isObject(value) ? value : {});

export const defined = (properties: Properties): Properties =>
  Object.fromEntries(Object.entries(properties).filter(([, value]) => value !== undefined));
