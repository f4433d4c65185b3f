import type { Parts } from '../parts.ts';
import type { ServiceRecord } from '../release.ts';
import { aliveMs } from './compare-now.ts';
import { evidenceAt } from './evidence.ts';
import type { Evidence } from './evidence.ts';
import { readKept } from './watch-pairs.ts';

/**
 * Returns what the pairs of a service say now, without asking for any. Undefined: nothing about the present switch, or
 * no process asks the colors now. Throws `Fault('storage-unavailable')`.
 */
export async function heardEvidence(
  { evidence }: Pick<Parts, 'evidence'>,
  record: ServiceRecord,
): Promise<Evidence | undefined> {
  const { now, json } = await evidence.load(record.service);
  const kept = readKept(json);
  if (kept?.epoch !== record.epoch || now - (kept.lookedAt ?? 0) >= aliveMs) return undefined;
  return evidenceAt(kept.state, now);
}
