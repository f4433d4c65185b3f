import { colorSchema } from '../color.ts';
import { formatDuration } from '../duration.ts';
import type { Comparison } from '../ports.ts';

const askedMs = 5_000;

/** Returns the numbers of both colors over the same window, in words. */
export async function compared(comparison: Comparison, stopping: AbortSignal): Promise<string> {
  const { name, windowMs, unit } = comparison;
  const signal = AbortSignal.any([stopping, AbortSignal.timeout(askedMs)]);
  const each = await Promise.all(
    colorSchema.options.map(async (color) => `${color} ${shown(await comparison.ask(color, signal), unit)}`),
  );
  return `${name} over the same ${formatDuration(windowMs)}: ${each.join(', ')}`;
}

function shown(value: number | undefined, unit: Comparison['unit']): string {
  if (value === undefined || !Number.isFinite(value)) return 'unknown';
  switch (unit) {
    case 'ratio':
      return `${rounded(value * 100, 2)} %`;
    case 'seconds':
      return `${rounded(value, 3)} s`;
    case 'number':
      return rounded(value, 3);
    default:
      return unit satisfies never;
  }
}

function rounded(value: number, digits: number): string {
  return new Intl.NumberFormat('en', { maximumSignificantDigits: digits, useGrouping: false }).format(value);
}
