import { denyWrites, isBroken, isLapsed, readOnlyAt } from '../read-only.ts';
import type { StepContext } from './context.ts';
import { interrupted } from './wait-read-only.ts';

/** Within how long after the intent the first try denies writes, ms. */
const firstWithinMs = 3_000;

/**
 * Denies writes right before the switch of a promote. `at`: when the router said so, by the store's clock. Undefined:
 * there is no window, a person ended it, or writes may have come through since an earlier try. `failed`: it does not
 * deny them; or they came through after a wait, and nothing was written to the router yet.
 */
export async function denyFirst({
  parts,
  session,
  adapters,
  writeLog,
}: StepContext): Promise<{ failed: string } | { failed?: undefined; at: number } | undefined> {
  const { denial } = adapters.router;
  const { readOnly } = session.loaded().record;
  if (denial === undefined || readOnly?.until !== null) return undefined;
  const waited = readOnly.switchAt !== undefined;
  const untouched = writeLog.certain && writeLog.touched?.size === 0;
  const open = waited && untouched ? { failed: interrupted } : undefined;
  if (isLapsed(readOnly, session.now())) return open;
  const said = await denyWrites(parts, denial, readOnly.id);
  if (said.failed !== undefined) return { failed: said.failed };
  const at = session.now();
  // An earlier try may have denied them before, and moved traffic; a reload since then let writes through.
  return isBroken(readOnly, at - (waited ? 0 : firstWithinMs), said) ? open : { at };
}

/**
 * Renews the window that is open while a revert is under way, asked once: a revert waits for nothing. Resolves to why
 * writes may have come through, a sentence without its full stop; undefined: they have not, or there is no window.
 */
export async function keepDenied({ parts, session, adapters }: StepContext): Promise<string | undefined> {
  const { record } = session.loaded();
  const now = session.now();
  const window = readOnlyAt(record, now);
  const { denial } = adapters.router;
  if (denial === undefined || window?.until == null) return undefined;
  const said = await denyWrites(parts, denial, window.id, 0);
  if (said.failed === undefined && !isBroken(window, now, said)) return undefined;
  return 'the read-only window was interrupted, so this revert may lose writes';
}
