import { fine, wrong } from './finding.ts';
import type { Finding } from './finding.ts';

/** The largest allowed clock difference, in ms. */
const mostSkewMs = 5_000;

/** What to do about clocks that differ. */
export const synchronise = 'synchronise the clocks (chrony or systemd-timesyncd)';

/** Compares this machine's clock with another's, both in ms since 1970. */
export function skewOf(name: string, here: number, there: number, matters: string): Finding {
  const skewMs = Math.round(here - there);
  const words = `${(Math.abs(skewMs) / 1000).toFixed(1)} s ${skewMs >= 0 ? 'ahead' : 'behind'}`;
  if (Math.abs(skewMs) <= mostSkewMs) return fine(name, `${words} at most`);
  return wrong(name, `this machine’s clock is ${words}; ${matters}`, synchronise);
}
