import type { Instant } from './instant.ts';
import type { Line } from './line.ts';
import type { ActionItem } from './release.ts';

/** A message for people, kept in its channel's outbox until it is sent. */
export interface Notice {
  /** Random; two ids are never the same notice. */
  id: string;
  service: string;
  /** The release in whose thread it goes; null: top level. */
  release: string | null;
  text: Line;
  /**
   * `progress`: in the thread, may be merged with its neighbours; `event`: in the thread; `broadcast`: in the thread
   * and the channel; `private`: only to `to`, where they acted; `adopted`: one message for all services adopted at
   * one start.
   */
  kind: 'progress' | 'event' | 'broadcast' | 'private' | 'adopted';
  at: Instant;
  /** The Slack user who gets a `private` notice, or a direct message when the channel cannot be posted to. */
  to?: string;
  /** The thread in which a `private` notice is shown, when the person acted in one. */
  thread?: string;
  /** The adoption of a service whose record was lost. */
  lost?: true;
  /** With `drift`: only the version differs, and cannot be put back. */
  version?: true;
  /** With `drift`: a failover of the storage may be the cause; then the record may be wrong, and not the router. */
  failover?: true;
  /** With `unhealthy`: a revert could not be carried out; its button says so. */
  again?: true;
  /** The buttons under it. */
  buttons?: 'request' | 'drift' | 'stuck' | 'unhealthy' | 'lock' | 'countdown' | 'force';
  /**
   * What it asks for. It is drawn again, without buttons, when that has ended. The record says when; for `alert` (a
   * group fires critically) the group (`release`) does.
   */
  asks?: ActionItem['kind'] | 'alert';
  /** The people that it mentions after its text, as configured when it is sent. */
  calls?: 'operator';
  /** True when it is sent once more, because nobody answered. */
  unanswered?: true;
  /** Set when it was sent: the message that mentioned people for the same incident. This one then mentions nobody. */
  joins?: { channel: string; ts: string };
  /** Its message has a chart of both colors' failures since the switch that made this epoch. */
  chart?: number;
  /** What the buttons are about. */
  about?: { release: string | null; epoch: number };
  /** It reports a revert or an approval, and is sent before other notices when a channel is busy. */
  of?: 'revert' | 'approval';
}
