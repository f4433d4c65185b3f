import { compareDue, evidenceMs } from '../release/evidence/port.ts';
import type { EvidenceStore } from '../release/evidence/port.ts';
import type { RedisClient } from './client.ts';
import { inOneTurn } from './in-one-turn.ts';
import { runInTime } from './run-in-time.ts';
import { keepEvidenceScript, loadEvidenceScript, wantEvidenceScript } from './scripts/evidence.ts';

/** How many services one script keeps at a time, a few KB each. */
const most = 50;

/** Returns the store of evidence on Redis. */
export function redisEvidence(link: RedisClient): EvidenceStore {
  const keep = inOneTurn(async (all: readonly { service: string; json: string }[]) => {
    await runInTime(link, keepEvidenceScript, { all, keptMs: evidenceMs });
    return [];
  }, most);
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
      await keep({ service, json });
    },
    async want(service, forMs) {
      await runInTime(link, wantEvidenceScript, { service, forMs, name: `${compareDue}${service}` });
    },
  };
}
