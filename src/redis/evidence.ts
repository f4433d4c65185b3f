import { compareDue, evidenceMs } from '../release/evidence/port.ts';
import type { EvidenceStore } from '../release/evidence/port.ts';
import type { RedisClient } from './client.ts';
import { runInTime } from './run-in-time.ts';
import { keepEvidenceScript, loadEvidenceScript, wantEvidenceScript } from './scripts/evidence.ts';

/** Returns the store of evidence on Redis. */
export function redisEvidence(link: RedisClient): EvidenceStore {
  return {
    async load(service) {
      const { now, rest } = await link.run(loadEvidenceScript, { service });
      return {
        now,
        json: typeof rest[0] === 'string' ? rest[0] : null,
        wantedUntil: Number(rest[1]),
      };
    },
    async keep(service, json) {
      await runInTime(link, keepEvidenceScript, { service, json, keptMs: evidenceMs });
    },
    async want(service, forMs) {
      await runInTime(link, wantEvidenceScript, { service, forMs, name: `${compareDue}${service}` });
    },
  };
}
