/** Finds the stored message that a button stands on, and the link to the message that is shown now. */
import { noticeCards } from '../release/action-items.ts';
import type { Clock } from '../release/clock.ts';
import { Fault } from '../release/fault.ts';
import type { Log } from '../release/parts.ts';
import { stallTolerantTimer } from '../release/stall-tolerant-timer.ts';
import type { Outbox, ShownMessage } from '../release/store.ts';
import type { Identity } from './identity.ts';
import { permalink } from './identity.ts';

/** How long to wait for a message, in ms: it is stored a moment after it was posted. */
const storedWithinMs = 2_000;
const lookEveryMs = 100;

/** The stored message at this place; null: none, even after a while. */
export async function findShown(
  { channel, ts }: { channel: string; ts: string },
  { outbox, clock }: { outbox: Pick<Outbox, 'findMessage'>; clock: Clock },
): Promise<ShownMessage | null> {
  let over = false;
  const callOff = stallTolerantTimer(clock, storedWithinMs, () => void (over = true));
  try {
    for (;;) {
      const last = over;
      const found = await outbox.findMessage(channel, ts);
      if (found !== null || last) return found;
      await clock.sleep(lookEveryMs);
    }
  } finally {
    callOff();
  }
}

/** A link to the card; undefined: it is not shown, or the workspace is not known yet. */
export async function linkOf(
  service: string,
  release: string,
  { outbox, identity }: { outbox: Pick<Outbox, 'card'>; identity: () => Identity | undefined },
): Promise<string | undefined> {
  const card = await outbox.card(service, release);
  return card === null ? undefined : permalink(identity(), card.channel, card.ts);
}

/**
 * Marks a card, or a notice with buttons, to be redrawn. Never fails: the press is answered even when the storage is
 * unavailable.
 */
export async function redraw(
  shown: ShownMessage | null,
  { outbox, desk }: { outbox: Pick<Outbox, 'redraw'>; desk: { log: Log } },
): Promise<void> {
  const mark = shown && markOf(shown);
  if (!shown || !mark) return;
  try {
    await outbox.redraw(shown.channel, ...mark);
  } catch (cause) {
    if (!(cause instanceof Fault)) throw cause;
    desk.log.warn({ service: shown.service, err: cause }, 'A card could not be marked to be drawn again');
  }
}

function markOf({ kind, service, release, notice }: ShownMessage): [string, string] | undefined {
  if (notice !== undefined) return [noticeCards, notice.id];
  return kind === 'card' && release !== null ? [service, release] : undefined;
}
