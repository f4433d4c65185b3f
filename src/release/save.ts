import { countSaved } from './auto-revert/count.ts';
import { changeOf, draftOf } from './draft.ts';
import type { Draft } from './draft.ts';
import type { Parts } from './parts.ts';
import { channelFor } from './parts.ts';
import type { ServiceRecord } from './release.ts';

/**
 * Saves a service at rest by compare-and-set against `record`, without a lease. Resolves to false when another save
 * came first: the text may no longer be true.
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
  const { ok } = await parts.store.save(changeOf(draft, record.revision, now, channel));
  if (ok) countSaved(parts, draft);
  return ok;
}
