import { colorSchema } from '../color.ts';
import type { Color } from '../color.ts';
import { formatDuration } from '../duration.ts';
import type { Comparison, Measured } from '../measurements.ts';

const askedMs = 5_000;

/** Fewest windows of the past that say something. */
const fewest = 20;

/** The live color, and when it became live, ms since 1970. */
export interface Switched {
  live: Color;
  at: number;
}

/**
 * Returns the numbers of both colors over the same windows, in words, and how the live one's compares with those before
 * its switch; a sentence for each metric.
 */
export async function compared(
  metrics: readonly Comparison[],
  switched: Switched,
  stopping: AbortSignal,
): Promise<string> {
  const signal = AbortSignal.any([stopping, AbortSignal.timeout(askedMs)]);
  const each = await Promise.all(metrics.map((metric) => comparedBy(metric, switched, signal)));
  return each.join('. ');
}

async function comparedBy(metric: Comparison, { live, at }: Switched, signal: AbortSignal): Promise<string> {
  const { name, windowMs, unit } = metric;
  const { options: colors } = colorSchema;
  const [past, ...each] = await Promise.all([
    metric.past(live, at, signal),
    ...colors.map((color) => metric.ask(color, signal)),
  ]);
  const rank = past && rankWords(metric, live, each[colors.indexOf(live)], past);
  const numbers = each.map((measured, i) => `${colors[i]} ${shown(measured, unit)}`);
  return `${name} over the same ${formatDuration(windowMs)}: ${numbers.join(', ')}${whyUnknown(each)}${rank ?? ''}`;
}

/** Says how many windows before the switch were as bad as the present one; '' where that is not known. */
function rankWords(
  { worse, windowMs, pastMs }: Comparison,
  live: Color,
  now: Measured | undefined,
  past: readonly number[],
): string {
  if (now === undefined || 'unknown' in now || past.length < fewest) return '';
  const asBad = past.filter((value) => (worse === 'higher' ? value >= now.value : value <= now.value)).length;
  const count = new Intl.NumberFormat('en');
  const windows = `${count.format(past.length)} windows of ${formatDuration(windowMs)}`;
  const some = asBad === 0 ? 'no window was so bad' : `${count.format(asBad)} were as bad or worse`;
  return `; ${live} in the ${formatDuration(pastMs)} before its switch: ${windows}, ${some}`;
}

/** Says why there is no number. */
function whyUnknown(each: readonly Measured[]): string {
  const why = new Set(each.flatMap((measured) => ('unknown' in measured ? [measured.unknown] : [])));
  return why.size === 0 ? '' : ` (Prometheus: ${[...why].join('; ')})`;
}

function shown(measured: Measured, unit: Comparison['unit']): string {
  if ('unknown' in measured) return 'unknown';
  const { value } = measured;
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
