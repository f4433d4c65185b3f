import type { Color } from '../color.ts';
import { line } from '../line.ts';
import type { Line } from '../line.ts';
import type { Parts } from '../parts.ts';
import { evidenceAt } from './evidence.ts';
import type { Evidence } from './evidence.ts';
import { pairsOf, readKept, whyNot } from './watch-pairs.ts';

/** How long a person waits for pairs at most, and how often this process looks whether there are enough, ms. */
const askedMs = 10_000;
const lookMs = 250;
/** Nobody asks the colors when no process has begun to after this time, or has looked for so long, ms. */
const beginsMs = 4_000;
export const aliveMs = 5_000;
/** So many pairs without a difference are an answer, too. */
const enough = 20;
/** So many pairs without any good answer are one. */
const enoughFailed = 8;

/** What both colors answered; or why they were not asked, as a sentence. */
export type Compared = { live: Color; evidence: Evidence } | { live: Color | null; why: Line };

/**
 * Asks for pairs of a service for up to 10 s, and returns what they say as soon as they say something. Those of before
 * count, but one at least is newer than the question, or as new as `everyMs` allows. A process with the due lease asks
 * the colors; this one only waits. Throws `Fault('storage-unavailable')`.
 */
export async function compareNow(
  parts: Parts,
  service: string,
  signal: AbortSignal = AbortSignal.timeout(2 * askedMs),
): Promise<Compared> {
  const { clock, evidence, store } = parts;
  const began = clock.mono();
  const until = began + askedMs;
  let { record } = await store.load(service);
  const cannot = record ? whyNot(record) : line`It is not known yet which color is live.`;
  if (!record || cannot) return { live: record?.live ?? null, why: cannot ?? [] };
  const pairs = pairsOf(parts, record);
  if (pairs === 'for-others')
    return { live: record.live, why: line`The settings of this release cannot be read here.` };
  if (pairs === 'none')
    return {
      live: record.live,
      why: line`There is no request to compare the colors with: ${{ code: 'compare.requests' }} names some.`,
    };
  await evidence.want(service, askedMs);
  let asked: number | undefined;
  for (;;) {
    const kept = await evidence.load(service);
    asked ??= kept.now;
    const known = readKept(kept.json);
    const at = known?.state.at ?? 0;
    const found = known?.epoch === record.epoch ? evidenceAt(known.state, kept.now) : undefined;
    const spent = clock.mono() - began;
    const isOver = clock.mono() >= until;
    const isAsked = found && found.pairs > 0 && kept.now - at < askedMs + 2 * pairs.everyMs;
    if (found && ((at >= asked && isClear(found)) || (isOver && isAsked)))
      return { live: record.live, evidence: found };
    const isWatched = kept.now - (known?.lookedAt ?? 0) < aliveMs;
    if (spent > beginsMs && !isWatched)
      return { live: record.live, why: line`No bot asks the colors now. Is one running?` };
    if (signal.aborted || isOver)
      return { live: record.live, why: line`The colors have not answered yet. Try again.` };
    await clock.sleep(lookMs, signal);
    ({ record } = await store.load(service));
    const over = record ? whyNot(record) : line`Its record is gone.`;
    if (!record || over) return { live: record?.live ?? null, why: over ?? [] };
  }
}

/** True where more pairs would hardly say more. */
function isClear({ now, pairs, neverAnswered, goesOn }: Evidence): boolean {
  return (
    now === 'helps' ||
    now === 'does-not-help' ||
    now === 'hurts' ||
    (neverAnswered === true && pairs >= enoughFailed) ||
    // While some fail, a verdict may follow in a moment.
    (now === 'no-difference' && pairs >= enough && !goesOn)
  );
}
