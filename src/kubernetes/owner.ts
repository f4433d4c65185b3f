import { z } from 'zod';
import { oneLineText } from '../net/answer-path.ts';
import { fieldManager } from './cluster.ts';

const managed = z.object({
  metadata: z.object({
    managedFields: z
      .array(z.object({ manager: z.string(), time: z.string().optional(), fieldsV1: z.unknown() }))
      .catch([])
      .default([]),
  }),
});

/**
 * The last other owner of a field, by the name in the object's managed fields (`argocd-controller`, `kubectl-edit`);
 * undefined: this program, or not recorded. `path`: names from the top, `['spec', 'selector']`; an item of a list by
 * its key, as `k:{"name":"app"}`.
 */
export function otherOwner(object: unknown, path: readonly string[]): string | undefined {
  const read = managed.safeParse(object);
  if (!read.success) return undefined;
  const owners = read.data.metadata.managedFields
    .filter(({ fieldsV1 }) => owns(fieldsV1, path))
    .toSorted((one, other) => Date.parse(other.time ?? '') - Date.parse(one.time ?? ''));
  const [last] = owners;
  if (
    last === undefined ||
    owners.some(({ manager, time }) => manager === fieldManager && time === last.time)
  )
    return undefined;
  return oneLineText(last.manager, 60);
}

/** True when a set of fields has the one at `path`, or one above or below it. */
function owns(fields: unknown, path: readonly string[]): boolean {
  let here = fields;
  for (const [i, name] of path.entries()) {
    if (typeof here !== 'object' || here === null) return false;
    if (i > 0 && Object.keys(here).length === 0) return true;
    here = (here as Record<string, unknown>)[name.startsWith('k:') ? name : `f:${name}`];
  }
  return here !== undefined;
}
