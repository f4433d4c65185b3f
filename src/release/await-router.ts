/** Someone waits for a router that does not answer. It is asked more often, and they get a message when it does. */
import { markCard, notify } from './draft.ts';
import { adaptersFor } from './former-router.ts';
import { observed, summarise } from './router-answers.ts';
import { fromNow } from './instant.ts';
import { settingsOrLeave } from './leave-to-others.ts';
import { line } from './line.ts';
import type { Parts } from './parts.ts';
import { askRouter } from './ask-router.ts';
import { save } from './save.ts';
import type { ServiceRecord } from './release.ts';
import type { Loaded } from './store.ts';
import { stillUnreverted } from './way-back.ts';

/** How often the router is asked, ms; that costs no save. */
const peekMs = 2_000;
/** How often the record notes that the router is asked, ms: a process that takes over asks within this time. */
const notedMs = 30_000;

/**
 * Asks the router, if someone waits for it. Resolves to how soon it must be asked again, ms; undefined: nobody waits;
 * `for-others`: this process cannot read where the router is, and another may.
 */
export async function awaitRouter(
  parts: Parts,
  { record, now }: Pick<Loaded, 'now'> & { record: ServiceRecord },
  stopping: AbortSignal,
): Promise<number | 'for-others' | undefined> {
  const { awaits, state } = record;
  if (!awaits) return undefined;
  const unreverted = stillUnreverted(record);
  const configured = settingsOrLeave(parts, record);
  const waits = state === 'stuck' || unreverted;
  if (waits && configured === 'for-others') return 'for-others';
  if (!waits || configured === undefined || configured === 'for-others') {
    await save(parts, record, now, (draft) => {
      draft.record.awaits = null;
    });
    return undefined;
  }
  const askedAt = parts.clock.mono();
  const answers = await askRouter(parts, adaptersFor(parts, record, configured).router, { stopping });
  if (stopping.aborted) return undefined;
  const { heading } = summarise(answers);
  if (heading === 'unreachable') {
    if (!awaits.silent || awaits.at <= now)
      await save(parts, record, now, (draft) => {
        draft.record.awaits = { at: fromNow(notedMs), silent: true };
      });
    return peekMs;
  }
  await parts.store.saveAsked(new Map([[record.service, observed(parts, answers, askedAt)]]));
  await save(parts, record, now, (draft) => {
    draft.record.awaits = null;
    markCard(draft);
    if (!awaits.silent) return;
    const says = line`The router of ${record.service} answers again`;
    const where = heading === 'blue' || heading === 'green' ? ` and sends traffic to ${heading}` : '';
    const top = { calls: 'operator' as const, ...(record.releases[0] ? {} : { release: null }) };
    if (state === 'stuck')
      notify(draft, 'broadcast', line`${says}${where}. Retry or revert now.`, { buttons: 'stuck', ...top });
    else
      notify(draft, 'broadcast', line`${says}${where}. Nothing was reverted yet: try again now.`, {
        buttons: 'unhealthy',
        again: true,
        ...top,
      });
  });
  return undefined;
}
