/** Counts what happens to automatic reverts, by what was saved. */
import type { Actor } from '../actor.ts';

/** What is counted: a countdown began, was held by a person, was called off, or ended with a revert. */
export type AutoRevertEvent = 'started' | 'held' | 'called-off' | 'reverted';

const events: Readonly<Record<string, AutoRevertEvent>> = {
  countdown: 'started',
  hold: 'held',
  'called-off': 'called-off',
};

/** Counts the history entries of a save that went through. */
export function countSaved(
  { observe }: { observe: { autoRevert(event: AutoRevertEvent): void } },
  { history }: { history: readonly { actor: Actor; what: string }[] },
): void {
  for (const { actor, what } of history) {
    const isOwn = actor.kind === 'system' && actor.rule === 'auto-revert';
    const event =
      isOwn && what === 'revert' ? 'reverted' : Object.hasOwn(events, what) ? events[what] : undefined;
    if (event !== undefined) observe.autoRevert(event);
  }
}
