import { changeOf, draftOf } from './draft.ts';
import type { Draft } from './draft.ts';
import type { Parts } from './parts.ts';
import { channelFor } from './parts.ts';
import type { ServiceRecord } from './release.ts';

/**
 * One compare-and-set save of a service at rest, as of `record`, without a lease. False: another save came first, and
 * what was to be said may no longer be true.
 */
export async function save(
  parts: Parts,
  record: ServiceRecord,
  now: number,
  write: (draft: Draft) => void,
): Promise<boolean> {
  const draft = draftOf(record);
  write(draft);
  const channel = channelFor(parts, record);
  return (await parts.store.save(changeOf(draft, record.revision, now, channel))).ok;
}
