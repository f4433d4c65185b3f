/** Checks databases of which each color has its own. */
import { colorSchema } from '../release/color.ts';
import type { Adapters } from '../release/ports.ts';
import { idleColor } from '../release/release.ts';
import type { ServiceRecord } from '../release/release.ts';
import { fine, wrong } from './finding.ts';
import type { Finding } from './finding.ts';

const askedMs = 5_000;

/** Checks that the databases could be turned; without a record, to either color. */
export async function examineData(
  service: string,
  { data }: Pick<Adapters, 'data'>,
  record: ServiceRecord | null,
): Promise<Finding[]> {
  if (data === undefined) return [];
  const name = `${service} databases`;
  const colors = record === null ? colorSchema.options : [idleColor(record)];
  const gates = await Promise.all(
    colors.map(async (to) => ({ to, gate: await data.gate(to, AbortSignal.timeout(askedMs)) })),
  );
  const findings = gates.flatMap(({ gate }) =>
    gate.ok ? [] : [wrong(name, gate.why, gate.fix ?? 'see docs/data.md')],
  );
  const [first] = findings;
  return [first ?? fine(name, `can be turned to ${colors.join(' and ')}`)];
}
