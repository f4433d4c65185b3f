import { readChecked, readRecord } from './read-record.ts';
import type { ServiceRecord } from './release.ts';

const most = 5000;

/** Reads the stored text of a service's record. */
export type ReadRecord = (service: string, json: string, stored?: ServiceRecord) => ServiceRecord;

/**
 * Returns a reader that remembers the last record of each service: while the stored text is the same, nothing is
 * parsed. Records are frozen, so callers can share them. Throws as `readRecord` does. `stored`: the record that was
 * checked and stored as this text.
 */
export function recordCache(): ReadRecord {
  const read = new Map<string, { json: string; record: ServiceRecord }>();
  return (service, json, stored) => {
    const known = read.get(service);
    if (known?.json === json) return known.record;
    const record = stored ? readChecked(json, stored) : readRecord(service, json);
    if (read.size >= most && known === undefined) read.clear();
    read.set(service, { json, record });
    return record;
  };
}
