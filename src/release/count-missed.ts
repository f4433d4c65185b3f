import type { Missed, MissedRow } from './data.ts';

/** Counts rows by table, the most first. The schema `public` is not named. `more`: there are more than these. */
export function countMissed(rows: readonly MissedRow[], more = false): Missed {
  const tables = new Map<string, number>();
  for (const { table } of rows) {
    const name = table.replace(/^public\./, '');
    tables.set(name, (tables.get(name) ?? 0) + 1);
  }
  const [first, last] = [rows[0], rows.at(-1)];
  return {
    tables: Array.from(tables, ([table, count]) => ({ table, rows: count })).sort(
      (one, other) => other.rows - one.rows,
    ),
    ...(first && last && { since: first.at, until: last.at }),
    ...(more && { more: true as const }),
  };
}
