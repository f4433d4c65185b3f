/** The port that keeps alert groups: one script a save, as for records. */
import type { Instant } from '../instant.ts';
import type { Change, Notice, Outcome } from '../store.ts';
import { severities } from './alert.ts';
import type { AlertGroup } from './alert.ts';

/**
 * In the outbox an alert group is a card like a release's: `service` is `alertCards`, `release` the group's id, and its
 * notices stand in that card's thread. A digest is one more card, of `digestCards`. No service can be called so.
 */
export const alertCards = '@alerts';
export const digestCards = '@digest';

/** Where a group is shown: by a message of its own, or as a line of a digest (its id) in a storm. */
export type Placed = { kind: 'own' } | { kind: 'digest'; digest: string };

/** A group and what lies next to it. */
export interface LoadedGroup {
  /** Null: none is stored, or one that cannot be read. */
  group: AlertGroup | null;
  /** The stored one, readable or not; what a save must expect. 0: none is stored. */
  revision: number;
  /** What can be read of one that cannot be read whole. */
  remains?: Partial<AlertGroup>;
  /** Null: nowhere yet. */
  placed: Placed | null;
  /** The store's clock, ms since 1970. */
  now: number;
}

/** All that one save of a group writes, in one script. Instants may be `fromNow(…)` anywhere in it. */
export interface AlertChange {
  /** Saved with revision `expect + 1`. */
  group: AlertGroup;
  /** The revision that must be stored now; 0: none. */
  expect: number;
  /**
   * It opens with this save (fires for the first time, or again): counted in its channel. More than `stormGroups`
   * within `stormMs`, and it gets a line of the channel's digest instead of a message; `urgent` ones (of a service
   * that was seen baking) always get a message, and so do those whose service bakes by what is stored: these are due now. A group that is placed keeps its place, but an urgent one that fires leaves the
   * digest, and one that opens in another channel than it stood in is placed there, again: its message here is left.
   */
  opens: boolean;
  urgent: boolean;
  /** It fires in a digest, and gets a message of its own now: no more than `stormGroups` of a channel within `stormMs`. */
  surfaces?: boolean;
  /** Told in its thread when it has a message of its own; a digest has no thread notices. */
  notices: (Omit<Notice, 'at'> & { channel: string })[];
  /** Its card (or its digest) is drawn again. */
  draw: boolean;
  /** When something is to be done for it without a delivery, see `dueOf` (`alert:<id>` in the agenda); null: never. */
  due: Instant | null;
  /** Saved in place of them when it stands in a digest afterwards, where nobody is told of it; left out: they are. */
  unheard?: Pick<AlertChange, 'group' | 'due'> | undefined;
  /** Entries for its service's history; left out where it has no service, or one that was never seen. */
  history?: Change['history'];
  /** Marks of the press or delivery that is being answered, and what it was told. */
  mark?: Change['mark'];
}

export type AlertSaved =
  | { ok: true; group: AlertGroup; placed: Placed; now: number }
  /**
   * `revision`: another save came first; `late`: the caller had given up; `undrawn`: it would leave its message in
   * another channel before that shows how it ended; `full`: there are too many groups of its kind, and all fire;
   * `repeat`: these marks are known.
   */
  | { ok: false; why: 'revision' | 'late' | 'undrawn' | 'full' }
  | { ok: false; why: 'repeat'; outcome: Outcome };

/** What a digest shows. */
export interface DigestGroups {
  /** Those that fire first, the worst before the others, and of equal ones those that came last; at most `limit`. */
  groups: AlertGroup[];
  /** All that are still kept; of them those that fire, and of these the critical ones. */
  count: number;
  firing: number;
  critical: number;
}

/** Where a group stands in its digest: lower goes first. One that has resolved has the highest, `resolvedRank`. */
export function digestRank({ status, severity }: Pick<AlertGroup, 'status' | 'severity'>): number {
  return status === 'resolved' ? resolvedRank : severities.indexOf(severity);
}
/** Which groups it is bounded together with. */
export function kindOf({ service }: Pick<AlertGroup, 'service'>): 'known' | 'other' {
  return service === null ? 'other' : 'known';
}

export const resolvedRank: number = severities.length;

/** Alert groups. Every method throws `Fault('storage-unavailable')` when the storage gives no answer. */
export interface AlertStore {
  load(id: string): Promise<LoadedGroup>;
  save(change: AlertChange): Promise<AlertSaved>;
  /** Makes what has this revision due at another time, and leaves it as it is: a group that cannot be read here. */
  postpone(id: string, revision: number, due: Instant): Promise<void>;
  /** Ids of the groups of a service that are open. */
  open(service: string): Promise<string[]>;
  digest(id: string, limit: number): Promise<DigestGroups>;
  /**
   * What it returns says what the replicas of the storage have of everything that was read and written in between. Absent
   * where the storage has none by its kind.
   */
  watchCopies?(): () => Promise<Copies>;
}

/**
 * `made`: more than half of the live replicas have it, or the storage has none by its kind; `missing`: they are not known
 * to have it; `none`: no replica is alive.
 */
export type Copies = 'made' | 'missing' | 'none';

/** Names of groups in the agenda begin so. */
export const alertDue = 'alert:';

/** A storm: more than this many groups open in a channel within that time. */
export const stormGroups = 10;
export const stormMs = 60_000;
