import { z } from 'zod';

const units = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const;
const pattern = /^(0|[1-9]\d{0,8})(ms|s|m|h|d)$/;
const longestMs = 365 * units.d;

/** Reads `500ms`, `30s`, `10m`, `2h` or `7d` as ms; undefined for anything else, and above 365 days. */
export function parseDuration(text: string): number | undefined {
  const [, amount, unit] = pattern.exec(text) ?? [];
  if (amount === undefined || unit === undefined) return undefined;
  const ms = Number(amount) * units[unit as keyof typeof units];
  return ms <= longestMs ? ms : undefined;
}

/** Formats ms for people: `500 ms`, `45 s`, `1 h 30 min`. At most two units. */
export function formatDuration(ms: number): string {
  const whole = Math.max(0, Math.round(ms));
  if (whole === 0) return '0 s';
  if (whole < units.s) return `${whole} ms`;
  let left = Math.round(whole / units.s) * units.s;
  const parts: string[] = [];
  for (const unit of ['d', 'h', 'm', 's'] as const) {
    const amount = Math.floor(left / units[unit]);
    left -= amount * units[unit];
    if (amount > 0) parts.push(`${amount} ${unit === 'm' ? 'min' : unit}`);
    else if (parts.length > 0) break;
    if (parts.length === 2) break;
  }
  return parts.join(' ');
}

const notOne = 'must be a duration such as 500ms, 30s, 10m, 2h or 7d';

/** The schema of a duration as a person writes it, above zero; its output is in ms. */
export const durationSchema = z
  .string({ error: ({ input }) => (input === undefined ? undefined : notOne) })
  .transform((text, context) => {
    const ms = parseDuration(text);
    if (ms !== undefined && ms > 0) return ms;
    context.addIssue({ code: 'custom', message: notOne });
    return z.NEVER;
  });
