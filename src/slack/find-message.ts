/** Which message a button stands on, as the store knows it; and the way to the message that is shown now. */
import { noticeCards } from '../release/action-items.ts';
import type { Clock } from '../release/clock.ts';
import { Fault } from '../release/fault.ts';
import type { Log } from '../release/parts.ts';
import { stallTolerantTimer } from '../release/stall-tolerant-timer.ts';
import type { Outbox, ShownMessage } from '../release/store.ts';
import type { Identity } from './identity.ts';
import { permalink } from './identity.ts';

/** A message is stored a moment after it was posted: wait for it. */
const storedWithinMs = 2_000;
const lookEveryMs = 100;

/** The message at this place; null: none that is known, even after a while. */
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

/** Where the card is shown now; undefined: nowhere, or it is not known yet whose workspace this is. */
export async function linkOf(
  service: string,
  release: string,
  { outbox, identity }: { outbox: Pick<Outbox, 'card'>; identity: () => Identity | undefined },
): Promise<string | undefined> {
  const card = await outbox.card(service, release);
  return card === null ? undefined : permalink(identity(), card.channel, card.ts);
}

/** Has a card, or a notice with buttons, drawn again. The person who pressed is answered, whether or not the storage takes this. */
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
