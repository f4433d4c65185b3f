import { denyWrites, isBroken, isLapsed } from '../read-only.ts';
import type { StepContext } from './context.ts';

/** Within how long after the intent the first try denies writes, ms. */
const firstWithinMs = 3_000;

/**
 * Denies writes right before the switch of a promote. `at`: when the router said so, by the store's clock. Undefined:
 * there is no window, a person ended it, or writes may have come
 * through since an earlier try.
 */
export async function denyFirst({
  parts,
  session,
  adapters,
}: StepContext): Promise<{ failed: string } | { failed?: undefined; at: number } | undefined> {
  const { denial } = adapters.router;
  const { readOnly } = session.loaded().record;
  if (denial === undefined || readOnly?.until !== null || isLapsed(readOnly, session.now())) return undefined;
  const said = await denyWrites(parts, denial, readOnly.id);
  if (said.failed !== undefined) return { failed: said.failed };
  const at = session.now();
  // An earlier try may have denied them before, and moved traffic; a reload since then let writes through.
  return isBroken(readOnly, at - firstWithinMs, said) ? undefined : { at };
}
