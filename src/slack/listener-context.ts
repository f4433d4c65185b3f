import type { Context as BoltContext } from '@slack/bolt';
import type { Actor } from '../release/actor.ts';
import type { Clock } from '../release/clock.ts';
import type { Log } from '../release/parts.ts';
import type { Roles } from '../release/settings.ts';
import type { Outbox } from '../release/store.ts';
import type { ObserveSlack, SlackClient } from './client.ts';
import type { KnownIdentity } from './identity.ts';
import type { PressBody } from './payloads.ts';
import type { Received } from './receivers.ts';
import { drawReply } from './reply.ts';
import type { Reply } from './reply.ts';
import { unsaidTeam } from './membership.ts';
import type { TeamMembership } from './membership.ts';
import type { Desk } from './subcommands/subcommand.ts';
import type { ReplyTarget, Respond } from './respond.ts';

/** What the listeners share. */
export interface ListenerContext {
  desk: Desk;
  client: SlackClient;
  identity: KnownIdentity;
  standing: TeamMembership;
  outbox: Pick<Outbox, 'findMessage' | 'card' | 'redraw'>;
  lists: () => Iterable<Roles>;
  respond: Respond;
  /** Whether this person may get one more refusal for a missing role in a message of its own; see `makeDenials`. */
  mayDeny: (user: string) => boolean;
  clock: Clock;
  log: Log;
  observe: ObserveSlack;
  signal: AbortSignal;
}

/** An acknowledgement that only its sender sees. */
export function drawAcknowledgement(reply: Reply): {
  response_type: 'ephemeral';
  text: string;
  blocks: never[];
} {
  const { text, blocks } = drawReply(reply);
  return { response_type: 'ephemeral', text, blocks: blocks as never[] };
}

/** The actor who pressed. The payload's team is that of the channel or of the app, and not of the person. */
export function actorOf({ user, channel }: Pick<PressBody, 'user' | 'channel'>, thread?: string): Actor {
  return {
    kind: 'slack',
    user: user.id,
    team: user.team_id ?? unsaidTeam,
    ...(channel == null ? {} : { channel: channel.id }),
    ...(thread === undefined ? {} : { thread }),
  };
}

/** Where to answer a press: where the button is, as far as Slack says so. */
export function replyTargetOf(body: PressBody): ReplyTarget {
  const { user, channel, response_url: responseUrl } = body;
  return { user: user.id, channel: channel?.id, thread: threadOf(body), responseUrl };
}

/**
 * The thread in which the reader sees the button. A message with replies names itself as its thread, and a broadcast
 * one is read in the channel: nobody there would see an answer in the thread.
 */
function threadOf({ container, message }: PressBody): string | undefined {
  const { thread_ts: thread, message_ts: ts } = container;
  return thread === ts || message?.subtype === 'thread_broadcast' ? undefined : thread;
}

/** The marks of this request, which make a repeat recognizable. */
export function marksOf(context: BoltContext, trigger: string | undefined, ...more: string[]): string[] {
  const { receivedMark } = context as Partial<Received>;
  return [receivedMark, trigger === undefined ? undefined : `trigger:${trigger}`, ...more].filter(
    (mark) => mark !== undefined,
  );
}

/** When the request came, in ms of the monotonic clock. */
export function receivedAt(context: BoltContext, { clock }: Pick<ListenerContext, 'clock'>): number {
  return (context as Partial<Received>).receivedAt ?? clock.mono();
}

/** Sends an answer in a message of its own, except a refusal to a person who got many lately. */
export async function tellUnlessMany(
  { mayDeny }: Pick<ListenerContext, 'mayDeny'>,
  user: string,
  reply: Reply,
  tell: (reply: Reply) => Promise<void>,
): Promise<void> {
  if (reply.code !== 'not-allowed' || mayDeny(user)) await tell(reply);
}
