const synonyms: Readonly<Record<string, string>> = {
  rollback: 'revert',
  undo: 'revert',
  back: 'revert',
  deploy: 'stage',
  release: 'promote',
  switch: 'promote',
  swap: 'promote',
  ship: 'promote',
  abort: 'cancel',
  stop: 'cancel',
  deny: 'reject',
  log: 'history',
  list: 'status',
  info: 'status',
  hold: 'lock',
  freeze: 'lock',
};

/**
 * The candidate that a mistyped word most likely meant: at most two slips (one in short words); undefined when none is
 * close.
 */
export function nearest(word: string, candidates: readonly string[]): string | undefined {
  const typed = word.toLowerCase().slice(0, 64);
  const synonym = synonyms[typed];
  if (synonym !== undefined && Object.hasOwn(synonyms, typed) && candidates.includes(synonym)) return synonym;
  let best: string | undefined;
  let bestSlips = typed.length <= 3 ? 2 : 3;
  for (const candidate of candidates) {
    const slips =
      typed.length >= 3 && candidate.startsWith(typed) ? 1 : distance(typed, candidate, bestSlips);
    if (slips < bestSlips) [best, bestSlips] = [candidate, slips];
  }
  return best;
}

/**
 * The number of slips between two words (insert, drop, change, swap neighbours), or `limit` when there are that many or
 * more.
 */
function distance(a: string, b: string, limit: number): number {
  if (Math.abs(a.length - b.length) >= limit) return limit;
  let before: number[] = [];
  let row = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i += 1) {
    const next = [i];
    for (let j = 1; j <= b.length; j += 1) {
      const same = a[i - 1] === b[j - 1];
      let slips = Math.min((row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1, (row[j - 1] ?? 0) + (same ? 0 : 1));
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1])
        slips = Math.min(slips, (before[j - 2] ?? 0) + 1);
      next.push(slips);
    }
    [before, row] = [row, next];
  }
  return Math.min(row[b.length] ?? limit, limit);
}
