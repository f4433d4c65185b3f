/**
 * The ports that keep state: records, history, due times, leases, messages. Redis and memory implement them alike.
 * See docs/design.md#one-save.
 */
import type { Actor } from './actor.ts';
import type { Asked, Heard } from './router-view.ts';
import type { Configuration } from './configurations.ts';
import type { Instant } from './instant.ts';
import type { Line } from './line.ts';
import type { Notice } from './notice.ts';
import type { Place, Standing, Stood } from './waiting-line.ts';
import type { RefusalCode } from './refusals.ts';
import type { Code, ServiceRecord } from './release.ts';
import type { ServerWatch } from './server-watch.ts';

/** One line of a service's history, numbered by the store. Equal refusals within a minute are one entry. */
export interface HistoryEntry {
  at: Instant;
  actor: Actor;
  /** `stage`, `promote`, `switch`, `refused`, `press`, …: stable words. */
  what: string;
  text: Line;
  code?: Code;
  release?: string;
  /** How often it happened within its minute; 1 unless refusals were counted together. */
  times?: number;
}

/** What became of a command, kept with its marks for ten minutes, so that a repeat gets the same answer. */
export interface Outcome {
  ok: boolean;
  code?: RefusalCode;
  text: Line;
  /** Not decided yet: the save that confirms it may still replace it. */
  open?: true;
}

/** Name of a due thing: `service:<name>` (operations, expiries, reminders), `bake:<name>`, `channel:<id>`, `sweep`. */
export type DueName = string;

/** All that one save writes, in one script: everything or nothing. Instants may be `fromNow(…)` anywhere in it. */
export interface Change {
  service: string;
  /** The revision that must be stored now; 0: no record. */
  expect: number;
  /** Saved with revision `expect + 1`. */
  record: ServiceRecord;
  /** `take`: if free or expired or one's own; `keep`: must be held; `drop`: must be held, is given up. */
  lease?: { act: 'take' | 'keep' | 'drop'; token: string };
  /** The save counts only before this instant (an intent). */
  goodUntil?: Instant;
  /** Refuse the save while a pending revert lies there (the holder's saves). */
  unlessWish?: boolean;
  /** The save answers the pending revert of this id: remove it. Refused while another lies there: a forced one that came since. */
  takesWish?: string;
  history: Omit<HistoryEntry, 'at' | 'times'>[];
  notices: Posted[];
  /** Cards to be drawn: channel and release id. `service`: where another name stands for its own, as for notices. */
  draw: { channel: string; release: string; service?: string }[];
  /** When the service and its bake must be looked at next; null: not. While a lease is held, its expiry counts instead. */
  due: { service: Instant | null; bake: Instant | null };
  /** Marks of the request that is being answered, and what it was told. `confirms`: in place of an open outcome. */
  mark?: { keys: string[]; outcome: Outcome; confirms?: true };
  /** Where the storage has replicas it is asked whether they have it: what somebody heard was accepted, and intents. */
  durable?: boolean;
}

export type SaveAnswer =
  | { ok: true; record: ServiceRecord; now: number; leased: boolean; replicated: boolean }
  /**
   * `revision`: another save came first; `lease`: not the holder; `wish`: a revert waits, or another than the save takes; `expired`: past `goodUntil`;
   * `late`: the script ran after the caller had given up; `repeat`: these marks are known.
   */
  | { ok: false; why: 'revision' | 'lease' | 'wish' | 'expired' | 'late' }
  | { ok: false; why: 'repeat'; outcome: Outcome };

/** A revert that came during another operation, carried out by the holder of the lease. */
export interface PendingRevert {
  id: string;
  actor: Actor;
  reason?: string;
  force?: string;
  at: Instant;
}

/** A record with what the store knows next to it. */
export interface Loaded {
  record: ServiceRecord | null;
  /** Set by `loadMany` when a record is there but cannot be read (`record` is null then); `load` throws instead. */
  bad?: string;
  /** The store's clock, ms since 1970. */
  now: number;
  /** The lease: who, until when; null when nobody holds it now. */
  lease: { token: string; until: number } | null;
  /**
   * When a lease of the service was last renewed, by `renew` or by a save that takes or keeps it. Taking over a lapsed
   * one with `acquire` leaves it: so the successor learns how long nobody was at work.
   */
  renewedAt: number | null;
  wish: PendingRevert | null;
  /** The last known answer of the router. */
  asked: Asked | null;
  /** The newest history entry exists: a missing record then means a loss, not a new service. */
  hasHistory: boolean;
  /** Who waits in line for a turn, the first first. */
  queue: readonly Place[];
  /** Somebody in it has vanished without a word since the line was last looked through. */
  queueLapsed: boolean;
  /** Set when one of the marks asked for is known. */
  repeat?: Outcome;
  /** Changing commands of this person in this minute, this one counted; 0 when not asked for. */
  rate: number;
}

export type { Asked, Heard, Notice };

/** Records, one a service. Every method throws `Fault('storage-unavailable')` when the storage gives no answer. */
export interface Store {
  /** True where durable saves and wishes wait for a replica of the storage. */
  readonly replicas?: boolean;
  /** Live replicas of the storage, the most that were named within 15 s; undefined where nobody names any. */
  liveReplicas?(): number | undefined;
  /** Absent: what was stored once stays stored. */
  readonly server?: ServerWatch;
  load(service: string, ask?: { marks?: readonly string[]; rate?: string }): Promise<Loaded>;
  /** Records of many services, without marks; services without a record have `record: null`. */
  loadMany(services: readonly string[]): Promise<Loaded[]>;
  /** Names of all services that have a record. */
  services(): Promise<string[]>;
  save(change: Change): Promise<SaveAnswer>;
  /**
   * Stores a pending revert when `operation` is still under way (else `gone`); a second one joins the first (`joined`), and a
   * forced one replaces an unforced one. Sets the marks in the same script. Durable.
   */
  wish(
    service: string,
    operation: string,
    wish: PendingRevert,
    history: Omit<HistoryEntry, 'at' | 'times'>,
    mark?: Change['mark'],
  ): Promise<
    | { ok: true; joined: boolean; replicated: boolean }
    | { ok: false; why: 'gone' | 'late' }
    | { ok: false; why: 'repeat'; outcome: Outcome }
  >;
  /** Takes the service lease when free, expired or one's own. Raises no revision. */
  acquire(service: string, token: string): Promise<{ held: boolean } & Loaded>;
  /**
   * Takes the lease of a service whose record cannot be read, when it is free: then no version that can read it writes
   * to its router. False: somebody else holds it.
   */
  seize(service: string, token: string): Promise<boolean>;
  /** Renews for so long (`keeping.leaseMs`); answers with what the holder must know. */
  renew(
    service: string,
    token: string,
    forMs?: number,
  ): Promise<{ held: boolean; revision: number; wish: PendingRevert | null }>;
  /** Gives the lease up; the service is due at once when an operation is under way, else when its record says. */
  release(service: string, token: string): Promise<void>;
  /**
   * Takes a place in the line of a service, or keeps it (with the `Standing` that it was given; also one that has
   * vanished since): it vanishes `forMs` (`placeMs`) after the last call. A stage overtakes those of the same person, and takes their
   * place. `draw`: the card that shows the line; it is drawn when the line has changed, and once a minute.
   */
  stand(
    service: string,
    place: Place,
    options?: Partial<Standing> & {
      forMs?: number;
      draw?: { channel: string; release: string } | undefined;
    },
  ): Promise<Stood>;
  /** Gives a place up (null: nobody's), and takes those out of the line that have vanished. */
  leave(service: string, id: string | null, draw?: { channel: string; release: string }): Promise<void>;
  /** Newest first. */
  history(service: string, count: number): Promise<HistoryEntry[]>;
  /**
   * Appends a refusal (or a read press) without raising the revision; equal ones within 60 s are counted in one. Of a
   * service never seen only the marks are set. Where those are known: nothing, and what became of that request.
   */
  note(
    service: string,
    entry: Omit<HistoryEntry, 'at' | 'times'>,
    mark?: Change['mark'],
  ): Promise<Outcome | null>;
  /** The same for what is accepted: durable. `known`: as `note`. */
  noteAccepted(...given: Parameters<Store['note']>): Promise<{ known: Outcome | null; replicated: boolean }>;
  /**
   * What became of a request, by its marks. Where nothing is known of it, or that is open, `otherwise` is what became
   * of it from now on: a save of it that is still on its way is refused as a repeat, and so is the request when it
   * comes again.
   */
  recall(marks: readonly string[], otherwise?: Outcome): Promise<Outcome | null>;
  /** Stores the router's last known answers; `at`: when it was asked, else now. An older answer never replaces a newer one. */
  saveAsked(answers: ReadonlyMap<string, Heard>): Promise<void>;
  /** Remembers for 24 h that this person was allowed to do this; asks for it. */
  allow(key: string): Promise<void>;
  wasAllowed(key: string): Promise<boolean>;
  ping(): Promise<void>;
  /** Says that a replica runs with this one (none: asks only); answers with those that was said of within `heardMs`. */
  configurations(own?: Configuration): Promise<Configuration[]>;
}

/** Due times, looked at by every replica; what is taken is held under a due lease until `done`. */
export interface Agenda {
  /**
   * Up to `limit` names that are due, not held and not in `except`, now held by `token` for `leaseMs`. `leasedForMs`: how
   * long it is until the first service lease ends, unless it is renewed; null: none is out.
   */
  take(
    token: string,
    limit: number,
    leaseMs: number,
    except?: readonly DueName[],
  ): Promise<{ names: DueName[]; leasedForMs: number | null }>;
  /** Extends the due lease of one name; false: lost. */
  extend(name: DueName, token: string, leaseMs: number): Promise<boolean>;
  /**
   * Gives a name back. It is due again when the newest save said, or `againInMs` from now if that is sooner. For a
   * channel `againInMs` is a pause instead: it is not due before that, whatever is put into its outbox meanwhile.
   */
  done(name: DueName, token: string, againInMs?: number): Promise<void>;
  /** Sets when a name without a record (`sweep`) is due, if it has no due time yet. */
  ensure(name: DueName, inMs: number): Promise<void>;
  /** Sets the due times of these services, of their alerts, and of all channels, where what is stored wants one and none is there. */
  repair(services: readonly string[]): Promise<void>;
}

/** A card's draw mark: `mark` changes with each save that wants it drawn. */
export interface DrawMark {
  service: string;
  release: string;
  mark: string;
}

/** Which message shows what. */
export interface ShownMessage {
  channel: string;
  ts: string;
  /** `card`: of a release; `notice`: one with buttons. */
  kind: 'card' | 'notice';
  service: string;
  release: string | null;
  epoch: number;
  /** What the command buttons of another part's card (an alert's) are about. */
  about?: { service: string; release: string | null };
  /** The notice's buttons, when it is one. */
  buttons?: string;
  /** The notice itself, where it asks for something: found as the card of this id under `noticeCards`. */
  notice?: Notice;
  /** What it rang for, as the newest that did. */
  rings?: string;
}

/** A notice, and the channel that it goes to. */
export type Posted = Omit<Notice, 'at'> & { channel: string };

/** What is to be sent to a channel, and what was. Due as `channel:<id>` while anything is left. */
export interface Outbox {
  /**
   * The oldest notices of each band (see `notice-band.ts`), oldest first: at most `limit` of each, so that no storm hides
   * what became of a revert. And the draw marks.
   */
  pending(channel: string, limit: number): Promise<{ notices: Notice[]; draws: DrawMark[] }>;
  /** Removes notices that were sent. */
  sent(channel: string, ids: readonly string[]): Promise<void>;
  /** Moves notices to another channel's outbox, when this one cannot be posted to. */
  move(channel: string, ids: readonly string[], to: string): Promise<void>;
  /** Removes a draw mark unless a newer one was set meanwhile. */
  drawn(channel: string, mark: DrawMark): Promise<void>;
  /** Sets draw marks again (a message was found deleted, a channel fell away). */
  redraw(channel: string, service: string, release: string): Promise<void>;
  /** Remembers a message under its channel and ts, and as the card of its release when it is one. */
  saveMessage(message: ShownMessage): Promise<void>;
  findMessage(channel: string, ts: string): Promise<ShownMessage | null>;
  /** The card of a release, wherever it is. */
  card(service: string, release: string): Promise<ShownMessage | null>;
  /** The newest message that rang for this. */
  ringOf(what: string): Promise<ShownMessage | null>;
  /** Sends outside any record (adoption at start, told-later answers). `once`: unless that was sent within so long (ms). */
  post(notices: readonly Posted[], once?: { key: string; ms: number }): Promise<void>;
  /** Notices and draw marks waiting, over all channels. */
  depth(): Promise<number>;
}
