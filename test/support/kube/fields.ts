/** Who owns which field: `metadata.managedFields`, kept as the API server does, and apply, which obeys it. */
import { isAtomic, isMap, keyOf, same } from './object.ts';
import type { Json, JsonMap, KubeObject, Managed } from './object.ts';

/** Who writes, and how. */
export interface Writer {
  manager: string;
  operation: Managed['operation'];
  subresource?: string;
  time: string;
}

/** Leaves of an object by their path: `["f:spec","f:selector"]`, as text. */
type Leaves = Map<string, Json>;

const systems = new Set([
  'name',
  'namespace',
  'uid',
  'resourceVersion',
  'generation',
  'creationTimestamp',
  'managedFields',
]);

function leavesOf(object: KubeObject): Leaves {
  const leaves: Leaves = new Map();
  const walk = (value: Json, at: string[], path: string[]): void => {
    const key = keyOf(path, object.kind);
    if (Array.isArray(value) && key !== undefined) {
      for (const item of value) {
        if (!isMap(item)) continue;
        const named = Object.fromEntries(
          key.flatMap((each) => (item[each] === undefined ? [] : [[each, item[each]]])),
        );
        walk(item, [...at, `k:${JSON.stringify(named)}`], [...path, '*']);
      }
    } else if (isMap(value) && Object.keys(value).length > 0 && !isAtomic(path, object.kind)) {
      for (const [name, inner] of Object.entries(value)) walk(inner, [...at, `f:${name}`], [...path, name]);
    } else leaves.set(JSON.stringify(at), value);
  };
  for (const [name, value] of Object.entries(object) as [string, Json][]) {
    if (name === 'apiVersion' || name === 'kind') continue;
    if (name !== 'metadata') walk(value, [`f:${name}`], [name]);
    else
      for (const [own, inner] of Object.entries(value as JsonMap))
        if (!systems.has(own)) walk(inner, ['f:metadata', `f:${own}`], ['metadata', own]);
  }
  return leaves;
}

function treeOf(paths: Iterable<string>): JsonMap {
  const tree: JsonMap = {};
  for (const path of paths) {
    let here = tree;
    for (const key of JSON.parse(path) as string[]) here = (here[key] ??= {}) as JsonMap;
  }
  return tree;
}

function pathsOf(tree: JsonMap, at: string[] = []): string[] {
  const keys = Object.keys(tree);
  if (keys.length === 0) return [JSON.stringify(at)];
  return keys.flatMap((key) => pathsOf(tree[key] as JsonMap, [...at, key]));
}

interface Owned {
  entry: Managed;
  paths: Set<string>;
}

function ownedIn(object: KubeObject | undefined): Owned[] {
  return (object?.metadata.managedFields ?? []).map((entry) => ({
    entry,
    paths: new Set(pathsOf(entry.fieldsV1)),
  }));
}

function isWriter({ entry }: Owned, writer: Writer): boolean {
  return (
    entry.manager === writer.manager &&
    entry.operation === writer.operation &&
    entry.subresource === writer.subresource
  );
}

function written(owned: Owned[]): Managed[] {
  return owned
    .filter(({ paths }) => paths.size > 0)
    .map(({ entry, paths }) => ({ ...entry, fieldsV1: treeOf(paths) }));
}

function entryOf(object: KubeObject, { manager, operation, subresource, time }: Writer): Managed {
  return {
    manager,
    operation,
    apiVersion: object.apiVersion,
    time,
    fieldsType: 'FieldsV1',
    fieldsV1: {},
    ...(subresource !== undefined && { subresource }),
  };
}

/** The owners after an update: who changed a field owns it alone. */
export function afterUpdate(before: KubeObject | undefined, after: KubeObject, writer: Writer): Managed[] {
  const [old, next] = [before ? leavesOf(before) : new Map<string, Json>(), leavesOf(after)];
  const changed = [...next.keys()].filter((path) => !old.has(path) || !same(old.get(path), next.get(path)));
  const gone = [...old.keys()].filter((path) => !next.has(path));
  const owned = ownedIn(before);
  for (const each of owned) for (const path of [...changed, ...gone]) each.paths.delete(path);
  if (changed.length === 0) return written(owned);
  const mine = owned.find((each) => isWriter(each, writer)) ?? {
    entry: entryOf(after, writer),
    paths: new Set(),
  };
  if (!owned.includes(mine)) owned.push(mine);
  for (const path of changed) mine.paths.add(path);
  mine.entry = { ...mine.entry, time: writer.time };
  return written(owned);
}

/** What becomes of an object by server-side apply; or the fields of others that stand against it. */
export function apply(
  live: KubeObject,
  wanted: KubeObject,
  writer: Writer,
  force: boolean,
): { object: KubeObject } | { conflicts: { manager: string; field: string }[] } {
  const [now, asked] = [leavesOf(live), leavesOf(wanted)];
  const owned = ownedIn(live);
  const others = owned.filter((each) => !isWriter(each, writer));
  const changed = [...asked.keys()].filter((path) => !now.has(path) || !same(now.get(path), asked.get(path)));
  const conflicts = changed.flatMap((path) =>
    others
      .filter(({ paths }) => paths.has(path))
      .map(({ entry }) => ({ manager: entry.manager, field: fieldWords(path) })),
  );
  if (conflicts.length > 0 && !force) return { conflicts };
  const before = owned.find((each) => isWriter(each, writer));
  const dropped = [...(before?.paths ?? [])].filter(
    (path) => !asked.has(path) && !others.some(({ paths }) => paths.has(path)),
  );
  const object = merged(
    live as unknown as JsonMap,
    wanted as unknown as JsonMap,
    live.kind,
    [],
  ) as unknown as KubeObject;
  for (const path of dropped) drop(object as unknown as Json, JSON.parse(path) as string[]);
  for (const each of others) for (const path of changed) each.paths.delete(path);
  const mine: Owned = { entry: entryOf(live, writer), paths: new Set(asked.keys()) };
  object.metadata = { ...live.metadata, ...object.metadata, managedFields: written([...others, mine]) };
  return { object };
}

function fieldWords(path: string): string {
  return (JSON.parse(path) as string[])
    .map((key) => (key.startsWith('k:') ? `[${key.slice(2)}]` : `.${key.slice(2)}`))
    .join('');
}

function merged(live: Json | undefined, wanted: Json, kind: string, path: string[]): Json {
  const key = keyOf(path, kind);
  if (Array.isArray(wanted) && key !== undefined && Array.isArray(live)) {
    const list = [...live];
    for (const item of wanted) {
      if (!isMap(item)) continue;
      const at = list.findIndex((each) => isMap(each) && key.every((name) => same(each[name], item[name])));
      if (at < 0) list.push(item);
      else list[at] = merged(list[at], item, kind, [...path, '*']);
    }
    return list;
  }
  if (!isMap(wanted) || !isMap(live) || isAtomic(path, kind)) return structuredClone(wanted);
  const all: JsonMap = structuredClone(live);
  for (const [name, value] of Object.entries(wanted))
    all[name] = merged(all[name], value, kind, [...path, name]);
  return all;
}

function drop(object: Json, path: string[]): void {
  let here: Json | undefined = object;
  const last = path.pop() ?? '';
  for (const key of path) {
    if (key.startsWith('k:')) {
      const named = JSON.parse(key.slice(2)) as JsonMap;
      here = (here as Json[]).find(
        (each) => isMap(each) && Object.keys(named).every((name) => same(each[name], named[name])),
      );
    } else here = isMap(here) ? here[key.slice(2)] : undefined;
    if (here === undefined) return;
  }
  if (isMap(here)) delete here[last.slice(2)];
}
