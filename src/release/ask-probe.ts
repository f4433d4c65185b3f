import type { Color } from './color.ts';
import type { Parts } from './parts.ts';
import type { Adapters } from './ports.ts';
import type { ServiceRecord } from './release.ts';
import { withTimeout } from './with-timeout.ts';

/** Asks through the router which color answers. Undefined: no probe is configured. */
export async function askProbe(
  { clock }: Pick<Parts, 'clock'>,
  adapters: Adapters,
  record: Pick<ServiceRecord, 'colors'>,
  color: Color,
  leftMs: number,
): Promise<{ verdict: 'same' | 'other' | 'proves-nothing'; detail: string } | undefined> {
  const asked = adapters.probe;
  if (!asked) return undefined;
  const versions = {
    blue: record.colors.blue.version ?? undefined,
    green: record.colors.green.version ?? undefined,
  };
  return withTimeout(clock, Math.max(1_000, leftMs), (signal) => asked.ask(color, versions, signal));
}
