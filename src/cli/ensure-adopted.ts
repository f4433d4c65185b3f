import { rolesOf } from '../release/roles.ts';
import { line } from '../release/line.ts';
import { pollRouters } from '../release/poll-routers.ts';
import type { Asked } from './change.ts';
import type { CliContext } from './context.ts';
import { printNote } from './print.ts';

/** How long the router may take to be asked, ms. */
const patienceMs = 10_000;

/**
 * Adopts a service without a record as it runs, by the sweep of a starting bot: where none ever ran, nobody else would.
 * What both do at once is one adoption, since the first save expects no record. Leaves a service alone that this user
 * may not change, or that is not configured: the command is refused anyhow.
 */
export async function ensureAdopted({ parts, actor }: CliContext, asked: Asked): Promise<void> {
  const { service } = asked;
  const configured = parts.catalog.find(service);
  if (!configured) return;
  const { roles } = await rolesOf(parts, { ...asked, actor }, configured);
  if (roles.size === 0) return;
  printNote(line`  ${service} has no record yet; it is adopted as its router says.`);
  await pollRouters(parts, AbortSignal.timeout(patienceMs), [service]);
}
