/** The three forms of a patch that the API server takes, next to apply. None changes what it is given. */
import { isMap, keyOf, same } from './object.ts';
import type { Json, JsonMap } from './object.ts';
import { badRequest, patchRejected } from './status.ts';

interface Operation {
  op: string;
  path: string;
  from?: string;
  value?: Json;
}

/** RFC 6902. What does not fit is rejected whole. */
export function jsonPatch(document: Json, operations: unknown): Json {
  if (!Array.isArray(operations))
    throw badRequest('json: cannot unmarshal object into Go value of type jsonpatch.Patch');
  const root = { root: structuredClone(document) };
  for (const operation of operations as Operation[]) {
    const { op, path, from, value } = operation;
    switch (op) {
      case 'test':
        if (!same(read(root, path) ?? null, value ?? null)) throw patchRejected();
        break;
      case 'add':
        put(root, path, structuredClone(value ?? null), true);
        break;
      case 'replace':
        if (read(root, path) === undefined) throw patchRejected();
        put(root, path, structuredClone(value ?? null), false);
        break;
      case 'remove':
        take(root, path);
        break;
      case 'move':
      case 'copy': {
        const found = op === 'move' ? take(root, from ?? '') : read(root, from ?? '');
        if (found === undefined) throw patchRejected();
        put(root, path, structuredClone(found), true);
        break;
      }
      default:
        throw patchRejected();
    }
  }
  return root.root;
}

interface Root {
  root: Json;
}

function segments(path: string): string[] {
  if (path !== '' && !path.startsWith('/')) throw patchRejected();
  return ['root', ...path.split('/').slice(1)].map((each) =>
    each.replaceAll('~1', '/').replaceAll('~0', '~'),
  );
}

function read(root: Root, path: string): Json | undefined {
  let here: Json | undefined = root as unknown as JsonMap;
  for (const key of segments(path)) {
    if (Array.isArray(here)) here = /^(?:0|[1-9]\d*)$/.test(key) ? here[Number(key)] : undefined;
    else here = isMap(here) && Object.hasOwn(here, key) ? here[key] : undefined;
    if (here === undefined) return undefined;
  }
  return here;
}

function parentOf(root: Root, path: string): { parent: Json[] | JsonMap; key: string } {
  const all = segments(path);
  const key = all.pop() ?? '';
  let here: Json | undefined = root as unknown as JsonMap;
  for (const each of all)
    here = Array.isArray(here) ? here[Number(each)] : isMap(here) ? here[each] : undefined;
  if (!Array.isArray(here) && !isMap(here)) throw patchRejected();
  return { parent: here, key };
}

function put(root: Root, path: string, value: Json, insert: boolean): void {
  const { parent, key } = parentOf(root, path);
  if (!Array.isArray(parent)) {
    parent[key] = value;
    return;
  }
  const at = key === '-' ? parent.length : Number(key);
  if (!Number.isInteger(at) || at < 0 || at > parent.length) throw patchRejected();
  parent.splice(at, insert ? 0 : 1, value);
}

function take(root: Root, path: string): Json {
  const found = read(root, path);
  if (found === undefined) throw patchRejected();
  const { parent, key } = parentOf(root, path);
  if (Array.isArray(parent)) parent.splice(Number(key), 1);
  else delete parent[key];
  return found;
}

/** RFC 7386. */
export function mergePatch(document: Json | undefined, patch: Json): Json {
  if (!isMap(patch)) return structuredClone(patch);
  const merged: JsonMap = isMap(document) ? { ...document } : {};
  for (const [key, value] of Object.entries(patch)) {
    if (value === null) delete merged[key];
    else merged[key] = mergePatch(merged[key], value);
  }
  return merged;
}

/** As a merge patch, where lists whose items have a key are merged item by item. */
export function strategicPatch(
  document: Json | undefined,
  patch: Json,
  kind: string,
  path: readonly string[] = [],
): Json {
  if (Array.isArray(patch)) return strategicList(document, patch, kind, path);
  if (!isMap(patch)) return structuredClone(patch);
  if (patch['$patch'] === 'replace') return without(patch);
  const merged: JsonMap = isMap(document) ? { ...document } : {};
  for (const [key, value] of Object.entries(patch)) {
    if (key.startsWith('$')) continue;
    if (value === null) delete merged[key];
    else merged[key] = strategicPatch(merged[key], value, kind, [...path, key]);
  }
  return merged;
}

function strategicList(
  document: Json | undefined,
  patch: Json[],
  kind: string,
  path: readonly string[],
): Json[] {
  const key = keyOf(path, kind)?.[0];
  if (key === undefined || !Array.isArray(document))
    return patch.map((item) => (isMap(item) ? without(item) : item));
  const list = [...document];
  for (const item of patch) {
    if (!isMap(item)) continue;
    const at = list.findIndex((each) => isMap(each) && same(each[key], item[key]));
    if (item['$patch'] === 'delete') list.splice(at, at < 0 ? 0 : 1);
    else if (at < 0) list.push(without(item));
    else list[at] = strategicPatch(list[at], item, kind, [...path, '*']);
  }
  return list;
}

function without(map: JsonMap): JsonMap {
  return Object.fromEntries(Object.entries(map).filter(([key]) => !key.startsWith('$')));
}
