/** What nobody has answered rings again: a bake that is unhealthy, an operation that hangs, drift. */
import type { Actor } from './actor.ts';
import { noticeCards, openActionItems } from './action-items.ts';
import { notify } from './draft.ts';
import { fromNow } from './instant.ts';
import type { Overrides, Verb } from './command.ts';
import type { Line } from './line.ts';
import type { Parts } from './parts.ts';
import type { ActionItem, ServiceRecord } from './release.ts';
import { save } from './save.ts';
import type { Notice } from './store.ts';
import { mostAgain, ringAgainMs, unanswered } from './unanswered.ts';
import { userOf } from './mention.ts';

/** A command, as far as it matters here. */
type Given = { verb: Verb; actor: Actor } & Overrides;

/** A person acts on what is wrong with a service: nothing of it rings again. A job or a workflow has seen nothing. */
export function answered(record: ServiceRecord, command: Given): void {
  if (userOf(command.actor) === undefined || !isAnswer(record, command)) return;
  record.pressedAt = fromNow();
  for (const ask of openActionItems(record)) delete ask.ringAt;
}

/** Who does anything else may not know of the incident. */
function isAnswer({ op }: ServiceRecord, { verb, whileFiring }: Given): boolean {
  switch (verb) {
    case 'revert':
    case 'retry':
    case 'adopt':
    case 'settle':
    case 'lock':
      return true;
    case 'cancel':
      return op?.kind === 'promote';
    case 'promote':
      return whileFiring !== undefined;
    case 'stage':
    case 'approve':
    case 'reject':
    case 'extend':
    case 'unlock':
      return false;
    default:
      return verb satisfies never;
  }
}

/** Rings again for what is due. True when something was saved. */
export async function mentionAgain(parts: Parts, record: ServiceRecord, now: number): Promise<boolean> {
  const ask = openActionItems(record).find(({ ringAt }) => ringAt !== undefined && ringAt <= now);
  if (ask?.ringAt === undefined) return false;
  const since = ask.ringAt - ringAgainMs;
  const [shown, taken] = await Promise.all([
    parts.outbox.card(noticeCards, ask.id),
    isTaken(parts, record.service, since),
  ]);
  return save(parts, record, now, (draft) => {
    const mine = openActionItems(draft.record).find(({ id }) => id === ask.id);
    if (!mine) return;
    const notice = shown?.notice;
    // One that waits to be sent rings when it is.
    if (taken || notice === undefined)
      return taken ? void delete mine.ringAt : void (mine.ringAt = fromNow(ringAgainMs));
    const { buttons, release, to, of, version, failover, calls, again } = notice;
    notify(draft, 'broadcast', begun(notice.text), {
      release,
      to,
      unanswered: true,
      ...(buttons && { buttons }),
      ...(of && { of }),
      ...(version && { version }),
      ...(failover && { failover }),
      ...(calls && { calls }),
      ...(again && { again }),
    });
    const next = draft.record.asks?.at(-1);
    if (next) counted(next, mine);
  });
}

/** Somebody has taken on an alert of the service since. */
async function isTaken({ alerts }: Parts, service: string, since: number): Promise<boolean> {
  const ids = await alerts.open(service);
  const groups = await Promise.all(ids.map((id) => alerts.load(id)));
  return groups.some(({ group }) =>
    [group?.acknowledged, group?.silenced].some((done) => done != null && done.at >= since),
  );
}

function counted(next: ActionItem, before: ActionItem): void {
  next.rung = (before.rung ?? 0) + 1;
  if (next.rung >= mostAgain) delete next.ringAt;
}

function begun(text: Notice['text']): Line {
  return text[0] === unanswered ? text : [unanswered, ...text];
}
