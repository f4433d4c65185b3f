/** A router that answers no question of the bot until a person repairs something, such as its rights. */
import { notify } from './draft.ts';
import type { Draft } from './draft.ts';
import { fromNow } from './instant.ts';
import { line } from './line.ts';
import type { Parts } from './parts.ts';
import type { ServiceRecord } from './release.ts';
import type { Summary } from './router-answers.ts';
import { save } from './save.ts';

/** How long that must last before people hear of it, ms: rights and tokens are often late by some seconds. */
const lastsMs = 120_000;

/**
 * Tells the channel once that the bot is shut out, and when it is no more. `asked`: what the router says now. Resolves
 * to false when another save came first; undefined: there is nothing to note.
 */
export function noteShutOut(
  parts: Parts,
  { record, now }: { record: ServiceRecord; now: number },
  { heading, detail, shut }: Summary,
): Promise<boolean> | undefined {
  const { shutOut, service } = record;
  const noted = (write: (draft: Draft) => void): Promise<boolean> => save(parts, record, now, write);
  const top = record.releases[0] ? {} : { release: null };
  if (heading !== 'unreachable' || shut !== true) {
    // A router that is only silent for a while is still shut.
    if (!shutOut || heading === 'unreachable') return undefined;
    return noted((draft) => {
      draft.record.shutOut = null;
      if (shutOut.told) notify(draft, 'event', line`The router of ${service} answers the bot again.`, top);
      // What it says is compared at the next look.
    }).then(() => false);
  }
  if (!shutOut)
    return noted((draft) => {
      draft.record.shutOut = { at: fromNow(), told: false };
    });
  if (shutOut.told || now - shutOut.at < lastsMs) return undefined;
  return noted((draft) => {
    draft.record.shutOut = { ...shutOut, told: true };
    notify(
      draft,
      'broadcast',
      line`${service}: the router has refused to answer the bot for ${lastsMs / 60_000} minutes. Until that is fixed, the bot cannot promote, revert or see where traffic goes. ${{ code: 'router-unreachable' }}: ${detail.replaceAll(': unreachable', '')}.`,
      { calls: 'operator', ...top },
    );
  });
}
