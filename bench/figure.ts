/** One line of the table. */
export interface Row {
  figure: string;
  measured: string;
  /** What was measured next to it in the same run, so that a slow machine is seen as one. */
  baseline: string;
  /** What it must reach; empty for what is only told. */
  target: string;
  reached?: boolean;
}

/** The value that `share` (0 to 1) of the values do not exceed. */
export function percentile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.ceil(sorted.length * share) - 1)] ?? Number.NaN;
}

/** `12.3 ms`. */
export function ms(value: number): string {
  return `${value.toFixed(value < 100 ? 1 : 0)} ms`;
}

/** `median 3.1 ms, p99 12.0 ms`. */
export function spread(values: readonly number[]): string {
  return `median ${ms(percentile(values, 0.5))}, p99 ${ms(percentile(values, 0.99))}`;
}

/** The rows as a table of fixed columns. */
export function table(rows: readonly Row[]): string {
  const head = ['figure', 'measured', 'baseline of the same run', 'must reach', 'reached'];
  const cells = [
    head,
    ...rows.map((row) => [
      row.figure,
      row.measured,
      row.baseline,
      row.target,
      row.reached === undefined ? '' : row.reached ? 'yes' : 'NO',
    ]),
  ];
  const widths = head.map((_, column) => Math.max(...cells.map((line) => line[column]?.length ?? 0)));
  const lines = cells.map((line) =>
    line
      .map((cell, i) => cell.padEnd(widths[i] ?? 0))
      .join('  ')
      .trimEnd(),
  );
  return [lines[0], widths.map((width) => '-'.repeat(width)).join('  '), ...lines.slice(1)].join('\n');
}
