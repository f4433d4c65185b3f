import { Fault } from './fault.ts';
import { recordSchema } from './release.ts';
import type { ServiceRecord } from './release.ts';
import type { Loaded, Store } from './store.ts';

/**
 * Returns a stored record, checked against the schema and frozen. It is the stored object, not one rebuilt by the
 * schema, so that fields of a newer version survive a save by this one at any depth.
 *
 * Throws `Fault('bad-record')` for a damaged record, and for a schema that this version cannot read. Both stay as
 * they are.
 * See docs/design.md#the-record.
 */
export function readRecord(service: string, json: string): ServiceRecord {
  let raw: unknown;
  try {
    raw = JSON.parse(json);
  } catch (cause) {
    throw new Fault('bad-record', `The record of ${service} is not JSON.`, { cause });
  }
  checkRecord(service, raw);
  return freeze(raw) as ServiceRecord;
}

/**
 * Returns a record that was checked before it was stored: like `readRecord`, without another check. Settings stay the
 * same object, so that adapters made from them can be found again.
 */
export function readChecked(json: string, { settings }: ServiceRecord): ServiceRecord {
  const record = JSON.parse(json) as ServiceRecord;
  // Settings that are not frozen belong to the caller.
  return freeze(Object.isFrozen(settings) ? { ...record, settings } : record);
}

/**
 * Returns the record of a service, its router's last answer, and its waiting line; null where there is no record, or
 * none that can be read. Throws when the storage is unavailable.
 */
export async function readable(
  store: Pick<Store, 'load'>,
  service: string,
): Promise<(Pick<Loaded, 'asked' | 'queue' | 'now'> & { record: ServiceRecord }) | null> {
  try {
    const { record, asked, queue, now } = await store.load(service);
    return record && { record, asked, queue, now };
  } catch (cause) {
    if (cause instanceof Fault && cause.code !== 'storage-unavailable') return null;
    throw cause;
  }
}

/** Returns the record alone. */
export async function readableRecord(
  store: Pick<Store, 'load'>,
  service: string,
): Promise<ServiceRecord | null> {
  return (await readable(store, service))?.record ?? null;
}

/** Throws `Fault('bad-record')` for a record that `readRecord` could not read back. */
export function checkRecord(service: string, raw: unknown): void {
  const schema = schemaOf(raw);
  const parsed = recordSchema.safeParse(raw);
  if (!parsed.success) {
    const issue = parsed.error.issues[0];
    const why =
      schema !== undefined && schema !== 1
        ? `has schema ${schema}${schema > 1 ? ', of a newer version' : ''}; this version reads schema 1`
        : `has an unknown shape at "${issue?.path.join('.') ?? ''}": ${issue?.message ?? ''}`;
    throw new Fault('bad-record', `The record of ${service} ${why}.`);
  }
  if (parsed.data.service !== service)
    throw new Fault('bad-record', `The record of ${service} belongs to another service.`);
}

function schemaOf(raw: unknown): number | undefined {
  if (typeof raw !== 'object' || raw === null || !('schema' in raw)) return undefined;
  return typeof raw.schema === 'number' ? raw.schema : undefined;
}

/** Freezes a JSON value at every level; callers share records. */
function freeze<T>(value: T): T {
  if (typeof value === 'object' && value !== null && !Object.isFrozen(value)) {
    for (const part of Object.values(value)) freeze(part);
    Object.freeze(value);
  }
  return value;
}
