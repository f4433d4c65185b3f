import type { Color } from '../../../src/release/color.ts';
import { when } from './ledger.ts';
import type { Ledger, Write } from './ledger.ts';

/** What the writes to one router come to. */
export interface Verdict {
  switches: number;
  /** Back to where it was, without a command: told as such, or the undoing of a promote. */
  putBacks: number;
  /** The guarantees that were broken, in words. */
  broken: string[];
}

/**
 * Each change of color must follow from a command of its own. What does not was put back: never to what somebody
 * reverted from, and never forward again. `first`: where the router
 * pointed before all; `told`: the service's channel in Slack, threads included.
 */
export function judgeWrites(
  service: string,
  first: unknown,
  writes: readonly Write[],
  ledger: Ledger,
  told: string,
): Verdict {
  const verdict: Verdict = { switches: 0, putBacks: 0, broken: [] };
  const said = ledger.said.filter((each) => each.service === service && each.kind !== 'refused');
  const movers = said.filter(({ verb }) => ['promote', 'revert', 'retry'].includes(verb));
  const used = new Set<unknown>();
  let at = first;
  for (const [i, write] of writes.entries()) {
    if (write.color === at) continue;
    at = write.color;
    const color = write.color as Color;
    const before = movers.filter(({ sentAt }) => sentAt <= write.at);
    const fits = before.filter((each) => !used.has(each) && (each.target ?? color) === color);
    const cause = fits.findLast(({ target }) => target === color) ?? fits.at(-1);
    if (cause) {
      used.add(cause);
      verdict.switches += 1;
      continue;
    }
    const words = `${service} to ${color} (epoch ${String(write.epoch)}), ${when(write.at, ledger)}`;
    const away = before.findLast(
      ({ verb, target, answeredAt, kind }) =>
        kind === 'accepted' && verb === 'revert' && (target ?? color) !== color && answeredAt <= write.at,
    );
    const wanted = away && before.some(({ sentAt, target }) => sentAt > away.sentAt && target === color);
    const forward = writes.slice(0, i).some((each) => each.color === color && each.epoch === write.epoch);
    if (away && !wanted)
      verdict.broken.push(`put back against a revert (${when(away.answeredAt, ledger)}): ${words}`);
    else if (forward && !told.includes(`put back to ${color}`)) verdict.broken.push(`doubled: ${words}`);
    else verdict.putBacks += 1;
  }
  return verdict;
}
