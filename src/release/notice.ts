import type { Instant } from './instant.ts';
import type { Line } from './line.ts';
import type { ActionItem } from './release.ts';

/** Something to tell, kept in the outbox of its channel until it was sent. */
export interface Notice {
  /** Random; the same notice is never sent for two ids. */
  id: string;
  service: string;
  /** The release in whose thread it stands; null: top level. */
  release: string | null;
  text: Line;
  /**
   * `progress`: in the thread, may be merged with its neighbours; `event`: in the thread; `broadcast`: in the thread
   * and the channel; `private`: only to `to`, where they acted; `adopted`: one message for all adopted at one start.
   */
  kind: 'progress' | 'event' | 'broadcast' | 'private' | 'adopted';
  at: Instant;
  /** Slack user to whom a `private` notice goes, and the person told directly when a channel cannot be posted to. */
  to?: string;
  /** The thread in which a `private` notice is shown, when its person acted in one. */
  thread?: string;
  /** An adoption of a service whose record was lost. */
  lost?: true;
  /** With `drift`: of the version alone, which nobody can put back. */
  version?: true;
  /** With `drift`: a failover of the storage may be the cause, so that the record may be wrong and not the router. */
  failover?: true;
  /** With `unhealthy`: a revert that could not be carried out; its button is called so. */
  again?: true;
  /** Buttons under it. */
  buttons?: 'request' | 'drift' | 'stuck' | 'unhealthy' | 'lock' | 'force';
  /**
   * What it asks for: drawn again, without buttons, when that has ended. The record says when; of `alert`, that a group
   * fires critically, the group (`release`) does.
   */
  asks?: ActionItem['kind'] | 'alert';
  /** It rings these people: they are mentioned behind its text, as they are configured when it is sent. */
  calls?: 'operator';
  /** Sent once more, since nobody answered. */
  unanswered?: true;
  /** Set when it was sent: the message that had rung for the same incident, with which this one is quiet. */
  joins?: { channel: string; ts: string };
  /** What the buttons are about. */
  about?: { release: string | null; epoch: number };
  /** What became of a revert, or of an approval: told before other things when a channel is busy. */
  of?: 'revert' | 'approval';
}
