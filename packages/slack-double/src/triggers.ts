import type { Ids } from './ids.ts';
import { FIXED } from './ids.ts';

/** Why a `trigger_id` opens nothing. */
export type TriggerRefusal = 'invalid_trigger_id' | 'exchanged_trigger_id' | 'expired_trigger_id';

/** The issued `trigger_id`s: each opens one modal, for the person who acted, within three seconds. */
export interface Triggers {
  issue(userId: string): string;
  /** Uses one up. Returns its person, or a refusal. */
  spend(id: string): { user: string } | { refusal: TriggerRefusal };
}

const LIFETIME_MS = 3_000;
const MOST = 5_000;

/** Starts without issued triggers. */
export function makeTriggers(ids: Ids, now: () => number): Triggers {
  const known = new Map<string, { user: string; at: number; spent: boolean }>();
  return {
    issue(user) {
      const id = `${ids.next('1')}.${FIXED.team}.${ids.secret()}`;
      known.set(id, { user, at: now(), spent: false });
      const [oldest] = known.keys();
      if (known.size > MOST && oldest !== undefined) known.delete(oldest);
      return id;
    },
    spend(id) {
      const trigger = known.get(id);
      if (!trigger) return { refusal: 'invalid_trigger_id' };
      if (trigger.spent) return { refusal: 'exchanged_trigger_id' };
      if (now() - trigger.at > LIFETIME_MS) return { refusal: 'expired_trigger_id' };
      trigger.spent = true;
      return { user: trigger.user };
    },
  };
}
