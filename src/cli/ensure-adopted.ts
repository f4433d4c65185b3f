import { rolesOf } from '../release/roles.ts';
import { line } from '../release/line.ts';
import { pollRouters } from '../release/poll-routers.ts';
import type { Command } from '../release/verbs/index.ts';
import type { CliContext } from './context.ts';
import { printNote } from './print.ts';

/** Longest wait for the router's answer, in ms. */
const timeoutMs = 10_000;

/**
 * Adopts a service without a record in its present state, as a starting bot does: a bot may never have run. Two
 * adoptions at once become one, since the first save expects no record. Skips a service that this user may not change,
 * or that is not configured: its command is refused anyway.
 */
export async function ensureAdopted(
  { parts, actor }: CliContext,
  asked: Pick<Command, 'verb' | 'service'>,
): Promise<void> {
  const { service } = asked;
  const configured = parts.catalog.find(service);
  if (!configured) return;
  const { roles } = await rolesOf(parts, { ...asked, actor }, configured);
  if (roles.size === 0) return;
  printNote(line`  ${service} has no record yet; its router says what is live, and that is recorded.`);
  await pollRouters(parts, AbortSignal.timeout(timeoutMs), [service]);
}
