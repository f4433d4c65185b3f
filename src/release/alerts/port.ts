/** The port of the store of alert groups: one script per save, as for records. See docs/design.md#alerts. */
import type { Instant } from '../instant.ts';
import type { Change, Notice, Outcome } from '../store.ts';
import { severities } from './alert.ts';
import type { AlertGroup } from './alert.ts';

/**
 * The outbox handles an alert group like a release's card: `service` is `alertCards`, `release` the group's id, and
 * its notices are in that card's thread. A digest is a card of `digestCards`. No service can have these names.
 */
export const alertCards = '@alerts';
/** The same for digests. */
export const digestCards = '@digest';

/** Where a group is shown: in its own message, or during a storm as a line of a digest (its id). */
export type Placed = { kind: 'own' } | { kind: 'digest'; digest: string };

/** A group, with what is stored in addition. */
export interface LoadedGroup {
  /** Null: none is stored, or one that cannot be read. */
  group: AlertGroup | null;
  /** The stored revision, readable or not; a save must expect it. 0: none is stored. */
  revision: number;
  /** The readable parts of a group that cannot be read as a whole. */
  remains?: Partial<AlertGroup>;
  /** Null: it is not shown yet. */
  placed: Placed | null;
  /** The store's clock, ms since 1970. */
  now: number;
}

/** Everything that one save of a group writes, in one script. Instants may be `fromNow(…)` anywhere in it. */
export interface AlertChange {
  /** Saved with revision `expect + 1`. */
  group: AlertGroup;
  /** The revision that must be stored now; 0: none. */
  expect: number;
  /**
   * The group opens with this save (fires for the first time, or again), which counts in its channel. Beyond
   * `stormGroups` within `stormMs` it gets a line of the channel's digest and no message. An `urgent` group (its
   * service was seen baking) always gets a message. So does one whose stored service bakes; that one is due now. A
   * placed group keeps its place, with two exceptions: an urgent one that fires leaves the digest, and one that opens
   * in another channel is placed there, and leaves its message here.
   */
  opens: boolean;
  urgent: boolean;
  /** A group in a digest gets its own message now: at most `stormGroups` of a channel within `stormMs`. */
  surfaces?: boolean;
  /** Notices for its thread, when it has its own message; a digest has no thread notices. */
  notices: (Omit<Notice, 'at'> & { channel: string })[];
  /** Draw its card (or its digest) again. */
  draw: boolean;
  /** When something is due without a delivery, see `alertDueOf` (`alert:<id>` in the agenda); null: never. */
  due: Instant | null;
  /**
   * Saved instead when the group is in a digest afterwards, where no notice reaches people; absent: save the same.
   */
  unheard?: Pick<AlertChange, 'group' | 'due'> | undefined;
  /** Entries for the history of its service; absent without a known service. */
  history?: Change['history'];
  /** Marks of the press or delivery that is being answered, and its answer. */
  mark?: Change['mark'];
}

/** The result of a save. */
export type AlertSaved =
  | { ok: true; group: AlertGroup; placed: Placed; now: number }
  /**
   * `revision`: another save came first; `late`: the caller had given up; `undrawn`: its message in the old channel
   * must first show how it ended; `full`: there are too many groups of its kind, and all fire; `repeat`: known marks.
   */
  | { ok: false; why: 'revision' | 'late' | 'undrawn' | 'full' }
  | { ok: false; why: 'repeat'; outcome: Outcome };

/** What a digest shows. */
export interface DigestGroups {
  /** At most `limit` groups: firing ones first, the worst first, and among equals the newest first. */
  groups: AlertGroup[];
  /** How many groups are still kept; of them those that fire, and of these the critical ones. */
  count: number;
  firing: number;
  critical: number;
}

/** Returns the place of a group in its digest: lower goes first. A resolved group has the highest, `resolvedRank`. */
export function digestRank({ status, severity }: Pick<AlertGroup, 'status' | 'severity'>): number {
  return status === 'resolved' ? resolvedRank : severities.indexOf(severity);
}
/** Returns the kind whose limit the group counts towards. */
export function kindOf({ service }: Pick<AlertGroup, 'service'>): 'known' | 'other' {
  return service === null ? 'other' : 'known';
}

/** The rank of resolved groups in a digest. */
export const resolvedRank: number = severities.length;

/** The store of alert groups. Every method throws `Fault('storage-unavailable')` when the storage does not answer. */
export interface AlertStore {
  load(id: string): Promise<LoadedGroup>;
  save(change: AlertChange): Promise<AlertSaved>;
  /** Makes the stored group of this revision due at another time, and changes nothing else: it cannot be read here. */
  postpone(id: string, revision: number, due: Instant): Promise<void>;
  /** Lists the ids of a service's open groups. */
  open(service: string): Promise<string[]>;
  /** Lists the ids of all firing groups that begin with these characters, with or without a known service. */
  firing(prefix: string): Promise<string[]>;
  digest(id: string, limit: number): Promise<DigestGroups>;
  /**
   * Starts to watch; the returned function says whether the storage's replicas have everything that was read and
   * written since. Absent where this kind of storage has no replicas.
   */
  watchCopies?(): () => Promise<Copies>;
}

/**
 * `made`: more than half of the live replicas have it, or this kind of storage has none; `missing`: they are not
 * known to have it; `none`: no replica is alive.
 */
export type Copies = 'made' | 'missing' | 'none';

/** The prefix of group names in the agenda. */
export const alertDue = 'alert:';

/** A storm: more than this many groups open in a channel within `stormMs`. */
export const stormGroups = 10;
/** The time window of a storm, ms. */
export const stormMs = 60_000;
