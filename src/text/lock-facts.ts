/** What stops releases for a while, as facts. */
import { mention } from '../release/draft.ts';
import { freezeAt } from '../release/freeze.ts';
import { line } from '../release/line.ts';
import type { Line } from '../release/line.ts';
import type { Lock } from '../release/release.ts';
import type { Settings } from '../release/settings.ts';
import { fact } from './fact.ts';
import type { Fact } from './fact.ts';

/** Who locked the service, until when, and why. */
export function lockFact(lock: Lock): Fact<Lock> {
  const { holder, since, until, reason } = lock;
  const end: Line = until === null ? [', until somebody unlocks it'] : [', until ', { at: until }];
  const text = (): Line => line`by ${mention(holder)} since ${{ at: since }}${end}: ${reason}`;
  return { ...fact(3, text, lock), note: 'locked' };
}

/** The freeze of this moment, if there is one. */
export function freezeFact({ settings, now }: { settings: Settings | undefined; now: number }): {
  freeze?: Fact<{ reason: string; until: number }>;
} {
  const freeze = settings && freezeAt(settings.freeze, now);
  return freeze
    ? { freeze: fact(4, () => line`until ${{ at: freeze.until }}: ${freeze.reason}`, freeze) }
    : {};
}
