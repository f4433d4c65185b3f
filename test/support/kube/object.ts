/** JSON as the API server keeps it. */
export type Json = null | boolean | number | string | Json[] | JsonMap;
export interface JsonMap {
  [key: string]: Json;
}

/** One entry of `metadata.managedFields`. */
export interface Managed {
  manager: string;
  operation: 'Apply' | 'Update';
  apiVersion: string;
  time: string;
  fieldsType: 'FieldsV1';
  fieldsV1: JsonMap;
  subresource?: string;
}

/** Any object of the API, as far as the double needs to know it. */
export interface KubeObject {
  apiVersion: string;
  kind: string;
  metadata: {
    name: string;
    namespace?: string;
    uid?: string;
    resourceVersion?: string;
    generation?: number;
    creationTimestamp?: string;
    deletionTimestamp?: string;
    labels?: Record<string, string>;
    annotations?: Record<string, string>;
    managedFields?: Managed[];
  };
  // Each kind has fields of its own.
  spec?: JsonMap;
  status?: JsonMap;
  [key: string]: unknown;
}

export function isMap(value: unknown): value is JsonMap {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

export function same(one: unknown, other: unknown): boolean {
  return canonical(one) === canonical(other);
}

function canonical(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonical).join(',')}]`;
  if (!isMap(value)) return JSON.stringify(value) ?? 'undefined';
  const keys = Object.keys(value).sort();
  return `{${keys.map((key) => `${JSON.stringify(key)}:${canonical(value[key])}`).join(',')}}`;
}

/** Lists whose items have a name: patches and owners tell the items apart by these keys. */
const itemKeys: Record<string, readonly string[]> = {
  containers: ['name'],
  initContainers: ['name'],
  env: ['name'],
  volumes: ['name'],
  conditions: ['type'],
};

/** The key by which items of the list at `path` are told apart; undefined: the list is one value. */
export function keyOf(path: readonly string[], kind: string): readonly string[] | undefined {
  const last = path.at(-1) ?? '';
  if (last === 'ports' && kind === 'Service') return ['port', 'protocol'];
  if (kind === 'HTTPRoute') return undefined;
  return Object.hasOwn(itemKeys, last) ? itemKeys[last] : undefined;
}

/** Maps that have one owner as a whole. */
export function isAtomic(path: readonly string[], kind: string): boolean {
  return path.join('.') === 'spec.selector' && ['Service', 'Deployment', 'ReplicaSet'].includes(kind);
}
