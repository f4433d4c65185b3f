import { denyWrites } from '../read-only.ts';
import type { StepContext } from './context.ts';

/** How long writes are denied before the switch, ms. */
export function deniesBefore({ adapters, configured }: StepContext): number {
  return adapters.router.denial ? (configured.settings.cutover.readOnly?.before ?? 0) : 0;
}

/** Denies writes before the switch, and waits as long as the settings say. `waits`: it is not time yet. */
export async function denyFirst(context: StepContext): Promise<'waits' | { failed: string } | undefined> {
  const { parts, session, adapters } = context;
  const { denial } = adapters.router;
  const { readOnly } = session.loaded().record;
  if (denial === undefined || !readOnly) return undefined;
  const failed = await denyWrites(parts, denial, readOnly.id);
  if (failed !== undefined) return { failed };
  const leftMs = readOnly.since + deniesBefore(context) - session.now();
  if (leftMs <= 0) return undefined;
  await parts.clock.sleep(Math.min(leftMs, 5_000), session.soft);
  return 'waits';
}
