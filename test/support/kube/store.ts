/** What the double keeps: objects with their versions, changed only as the API server lets them be changed. */
import { afterUpdate, apply } from './fields.ts';
import type { Writer } from './fields.ts';
import { same } from './object.ts';
import type { Json, KubeObject } from './object.ts';
import { jsonPatch, mergePatch, strategicPatch } from './patch.ts';
import { apiVersionOf, resources, validate } from './resources.ts';
import type { Resource } from './resources.ts';
import { badRequest, conflict, exists, generic, invalid, notFound, ownedByOthers } from './status.ts';
import type { About } from './status.ts';

/** Who writes, as a request says it. `force`: an apply takes fields of others over. */
export interface By {
  manager: string;
  force?: boolean;
  dryRun?: boolean;
}

export type PatchForm = 'json' | 'merge' | 'strategic' | 'apply';

export interface Store {
  find(plural: string, namespace: string, name: string): KubeObject | undefined;
  list(plural: string, namespace?: string): KubeObject[];
  create(resource: Resource, namespace: string, object: KubeObject, by: By): KubeObject;
  update(
    resource: Resource,
    namespace: string,
    name: string,
    object: KubeObject,
    by: By,
    sub?: 'status',
  ): KubeObject;
  patch(
    resource: Resource,
    namespace: string,
    name: string,
    form: PatchForm,
    patch: Json,
    by: By,
    sub?: 'status',
  ): KubeObject;
  remove(resource: Resource, namespace: string, name: string): KubeObject;
  /** Called after each change, outside of it: for what controllers do. */
  onChange(work: () => void): void;
  /** The newest version of anything. */
  version(): string;
}

export function resourceOf(plural: string): Resource {
  const found = resources.find((each) => each.plural === plural);
  if (!found) throw new Error(`the double has no ${plural}`);
  return found;
}

export function makeStore(): Store {
  const objects = new Map<string, KubeObject>();
  const controllers: (() => void)[] = [];
  let version = 1000;
  let uid = 0;
  const keyOf = (plural: string, namespace: string, name: string): string => `${plural}/${namespace}/${name}`;
  const aboutOf = ({ group, plural, kind }: Resource, name: string): About => ({ group, plural, kind, name });

  const changed = (): void => {
    for (const work of controllers) work();
  };

  /** Stores `next`, when it says anything new; `managed`: the owners are known already. */
  function commit(
    resource: Resource,
    namespace: string,
    before: KubeObject | undefined,
    wanted: KubeObject,
    by: By,
    sub?: 'status',
    managed = false,
  ): KubeObject {
    const about = aboutOf(resource, wanted.metadata.name);
    const next = structuredClone(wanted);
    if (before) {
      const asked = next.metadata.resourceVersion;
      if (asked !== undefined && asked !== before.metadata.resourceVersion) throw conflict(about);
      if (next.metadata.uid !== undefined && next.metadata.uid !== before.metadata.uid) throw conflict(about);
      if (next.metadata.name !== before.metadata.name)
        throw invalid(about, [{ field: 'metadata.name', message: 'Invalid value: field is immutable' }]);
    }
    // What writes the object does not write its status, and the other way round.
    if (sub === 'status' && before) Object.assign(next, { ...structuredClone(before), status: next.status });
    else if (resource.status && before?.status) next.status = before.status;
    else if (resource.status && !(by.manager === 'fixture')) delete next.status;
    next.apiVersion = apiVersionOf(resource);
    next.kind = resource.kind;
    const { managedFields } = next.metadata;
    const times = {
      resourceVersion: before?.metadata.resourceVersion,
      generation: before?.metadata.generation,
      uid: before?.metadata.uid,
      creationTimestamp: before?.metadata.creationTimestamp,
    };
    next.metadata = { ...next.metadata, ...(resource.namespaced && { namespace }) };
    for (const [name, value] of Object.entries(times)) {
      if (value === undefined) delete next.metadata[name as keyof KubeObject['metadata']];
      else Object.assign(next.metadata, { [name]: value });
    }
    if (before?.metadata.managedFields) next.metadata.managedFields = before.metadata.managedFields;
    else delete next.metadata.managedFields;
    validate(about, next, before);
    if (before && same(before, next) && !managed) return before;
    const writer: Writer = {
      manager: by.manager,
      operation: 'Update',
      time: new Date().toISOString().replace(/\.\d+Z$/, 'Z'),
      ...(sub && { subresource: sub }),
    };
    next.metadata.managedFields = managed ? (managedFields ?? []) : afterUpdate(before, next, writer);
    if (!before || !same(before.spec, next.spec))
      next.metadata.generation = (before?.metadata.generation ?? 0) + 1;
    if (before && managed && same(before, next)) return before;
    if (!before) {
      uid += 1;
      next.metadata.uid = `00000000-0000-4000-8000-${String(uid).padStart(12, '0')}`;
      next.metadata.creationTimestamp = writer.time;
    }
    version += 1;
    next.metadata.resourceVersion = String(version);
    if (by.dryRun) return next;
    objects.set(keyOf(resource.plural, namespace, next.metadata.name), next);
    changed();
    return next;
  }

  const found = (resource: Resource, namespace: string, name: string): KubeObject => {
    const object = objects.get(keyOf(resource.plural, namespace, name));
    if (!object) throw notFound(aboutOf(resource, name));
    return object;
  };

  return {
    find: (plural, namespace, name) => objects.get(keyOf(plural, namespace, name)),
    list: (plural, namespace) =>
      [...objects]
        .filter(([key]) => key.startsWith(namespace === undefined ? `${plural}/` : `${plural}/${namespace}/`))
        .toSorted(([one], [other]) => (one < other ? -1 : 1))
        .map(([, object]) => object),
    create(resource, namespace, object, by) {
      if (objects.has(keyOf(resource.plural, namespace, object.metadata.name)))
        throw exists(aboutOf(resource, object.metadata.name));
      return commit(resource, namespace, undefined, object, by);
    },
    update(resource, namespace, name, object, by, sub) {
      const before = found(resource, namespace, name);
      if (resource.custom && object.metadata.resourceVersion === undefined)
        throw invalid(aboutOf(resource, name), [
          {
            field: 'metadata.resourceVersion',
            message: 'Invalid value: 0x0: must be specified for an update',
          },
        ]);
      return commit(resource, namespace, before, object, by, sub);
    },
    patch(resource, namespace, name, form, patch, by, sub) {
      const before = objects.get(keyOf(resource.plural, namespace, name));
      const about = aboutOf(resource, name);
      if (form === 'apply') {
        const wanted = patch as unknown as KubeObject;
        const writer: Writer = {
          manager: by.manager,
          operation: 'Apply',
          time: new Date().toISOString().replace(/\.\d+Z$/, 'Z'),
        };
        const live = before ?? { apiVersion: wanted.apiVersion, kind: wanted.kind, metadata: { name } };
        const became = apply(live, wanted, writer, by.force ?? false);
        if ('conflicts' in became) throw ownedByOthers(became.conflicts);
        return commit(resource, namespace, before, became.object, by, sub, true);
      }
      if (!before) throw notFound(about);
      const document = structuredClone(before) as unknown as Json;
      switch (form) {
        case 'json':
          return commit(
            resource,
            namespace,
            before,
            jsonPatch(document, patch) as unknown as KubeObject,
            by,
            sub,
          );
        case 'merge':
          return commit(
            resource,
            namespace,
            before,
            mergePatch(document, patch) as unknown as KubeObject,
            by,
            sub,
          );
        case 'strategic': {
          if (resource.custom) throw generic(415, 'UnsupportedMediaType');
          if (typeof patch !== 'object') throw badRequest('error decoding patch');
          return commit(
            resource,
            namespace,
            before,
            strategicPatch(document, patch, resource.kind) as unknown as KubeObject,
            by,
            sub,
          );
        }
        default:
          return form satisfies never;
      }
    },
    remove(resource, namespace, name) {
      const object = found(resource, namespace, name);
      objects.delete(keyOf(resource.plural, namespace, name));
      version += 1;
      changed();
      return object;
    },
    onChange: (work) => void controllers.push(work),
    version: () => String(version),
  };
}
