import { colorSchema } from '../color.ts';
import { formatDuration } from '../duration.ts';
import type { Comparison, Measured } from '../ports.ts';

const askedMs = 5_000;

/** Returns the numbers of both colors over the same windows, in words; a sentence for each metric. */
export async function compared(metrics: readonly Comparison[], stopping: AbortSignal): Promise<string> {
  const signal = AbortSignal.any([stopping, AbortSignal.timeout(askedMs)]);
  const each = await Promise.all(metrics.map((metric) => comparedBy(metric, signal)));
  return each.join('. ');
}

async function comparedBy(metric: Comparison, signal: AbortSignal): Promise<string> {
  const { name, windowMs, unit } = metric;
  const { options: colors } = colorSchema;
  const each = await Promise.all(colors.map((color) => metric.ask(color, signal)));
  const numbers = each.map((measured, i) => `${colors[i]} ${shown(measured, unit)}`);
  return `${name} over the same ${formatDuration(windowMs)}: ${numbers.join(', ')}${whyUnknown(each)}`;
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
