/**
 * The ports that keep state: records, history, due times, leases, messages. Redis and memory implement them alike.
 * See docs/design.md#one-save.
 */
import type { Actor } from './actor.ts';
import type { RouterView, NewRouterView } from './router-view.ts';
import type { Instant } from './instant.ts';
import type { Line } from './line.ts';
import type { Notice } from './notice.ts';
import type { Place, Standing, Stood } from './waiting-line.ts';
import type { RefusalCode } from './refusals.ts';
import type { Code, ServiceRecord } from './release.ts';
import type { ServerWatch } from './server-watch.ts';

/** The configuration of a replica: its digest, and the services and alert sources that it names. */
export interface Configuration {
  digest: string;
  services: readonly string[];
  sources: readonly string[];
}

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

/** The result of a command, kept with its marks for ten minutes, so that a repeat gets the same answer. */
export interface Outcome {
  ok: boolean;
  code?: RefusalCode;
  text: Line;
  /** Not final yet: the save that confirms it may still replace it. */
  open?: true;
}

/** Name of due work: `service:<name>` (operations, expiries, reminders), `bake:<name>`, `channel:<id>`, `sweep`. */
export type DueName = string;

/** Everything that one save writes, in one script: all or nothing. Instants may be `fromNow(…)` anywhere in it. */
export interface Change {
  service: string;
  /** The revision that must be stored now; 0: no record. */
  expect: number;
  /** Saved with revision `expect + 1`. */
  record: ServiceRecord;
  /** `take`: if it is free, expired or one's own; `keep`: must be held; `drop`: must be held, and is given up. */
  lease?: { act: 'take' | 'keep' | 'drop'; token: string };
  /** The save counts only before this instant (an intent). */
  goodUntil?: Instant;
  /** Refuse the save while a pending revert is stored (for the holder's saves). */
  unlessPendingRevert?: boolean;
  /** The pending revert (its id) that this save answers and removes. Refused while another one is stored. */
  takesPendingRevert?: string;
  history: Omit<HistoryEntry, 'at' | 'times'>[];
  notices: Posted[];
  /** Cards to draw: channel and release id. `service`: another name in place of the service's own, as for notices. */
  draw: { channel: string; release: string; service?: string }[];
  /** When service and bake must be looked at next; null: not. While a lease is held, its end counts instead. */
  due: { service: Instant | null; bake: Instant | null };
  /** Marks of the request that is being answered, and its answer. `confirms`: replaces an open outcome. */
  mark?: { keys: string[]; outcome: Outcome; confirms?: true };
  /** Ask whether the storage's replicas have it, if there are any: for accepted commands, and for intents. */
  durable?: boolean;
}

/** The result of a save. */
export type SaveAnswer =
  | { ok: true; record: ServiceRecord; now: number; leased: boolean; replicated: boolean }
  /**
   * `revision`: another save came first; `lease`: not the holder; `pending-revert`: a revert waits, or another one;
   * `expired`: past `goodUntil`; `late`: the script ran after the caller had given up; `repeat`: known marks.
   */
  | { ok: false; why: 'revision' | 'lease' | 'pending-revert' | 'expired' | 'late' }
  | { ok: false; why: 'repeat'; outcome: Outcome };

/** A revert that came during another operation; the holder of the lease carries it out. */
export interface PendingRevert {
  id: string;
  actor: Actor;
  reason?: string;
  force?: string;
  at: Instant;
}

/** A record, with what the store knows in addition. */
export interface Loaded {
  record: ServiceRecord | null;
  /** Set by `loadMany` when a record exists but cannot be read (`record` is null then); `load` throws instead. */
  bad?: string;
  /** The store's clock, ms since 1970. */
  now: number;
  /** The lease: its holder and its end; null when no process holds it now. */
  lease: { token: string; until: number } | null;
  /**
   * When a lease of the service was last renewed, by `renew` or by a save that takes or keeps it. `acquire` of a
   * lapsed lease leaves it: so the successor learns for how long nothing worked on the service.
   */
  renewedAt: number | null;
  pendingRevert: PendingRevert | null;
  /** The last known answer of the router. */
  asked: RouterView | null;
  /** True: the newest history entry exists. A missing record then means a loss, not a new service. */
  hasHistory: boolean;
  /** The places in the waiting line, first place first. */
  queue: readonly Place[];
  /** True: a place in the line has expired since the line was last looked through. */
  queueLapsed: boolean;
  /** Set when one of the given marks is known. */
  repeat?: Outcome;
  /** How many changing commands this person sent in this minute, including this one; 0 when not asked for. */
  rate: number;
}

export type { RouterView, NewRouterView, Notice };

/**
 * The records, one per service. Each method throws `Fault('storage-unavailable')` when the storage does not answer.
 */
export interface Store {
  /** True where durable saves and pending reverts wait for a replica of the storage. */
  readonly replicas?: boolean;
  /** Returns the number of live replicas, the highest of 15 s; undefined where nothing reports it. */
  liveReplicas?(): number | undefined;
  /** Absent: what was stored once stays stored. */
  readonly server?: ServerWatch;
  load(service: string, ask?: { marks?: readonly string[]; rate?: string }): Promise<Loaded>;
  /** Loads the records of many services, without marks; services without a record have `record: null`. */
  loadMany(services: readonly string[]): Promise<Loaded[]>;
  /** Lists all services that have a record. */
  services(): Promise<string[]>;
  save(change: Change): Promise<SaveAnswer>;
  /**
   * Stores a pending revert while `operation` is under way (else `gone`). A second one joins the first (`joined`),
   * and a forced one replaces an unforced one. Sets the marks in the same script. Durable.
   */
  savePendingRevert(
    service: string,
    operation: string,
    pendingRevert: PendingRevert,
    history: Omit<HistoryEntry, 'at' | 'times'>,
    mark?: Change['mark'],
  ): Promise<
    | { ok: true; joined: boolean; replicated: boolean }
    | { ok: false; why: 'gone' | 'late' }
    | { ok: false; why: 'repeat'; outcome: Outcome }
  >;
  /** Takes the service lease when it is free, expired or one's own. Raises no revision. */
  acquire(service: string, token: string): Promise<{ held: boolean } & Loaded>;
  /**
   * Takes the lease of a service whose record cannot be read, when it is free: then no version that can read it
   * writes to its router. False: another process holds it.
   */
  seize(service: string, token: string): Promise<boolean>;
  /** Renews the lease for `forMs` (`limits.leaseMs` unless given); resolves to what the holder must know. */
  renew(
    service: string,
    token: string,
    forMs?: number,
  ): Promise<{ held: boolean; revision: number; pendingRevert: PendingRevert | null }>;
  /** Gives the lease up; the service is due at once when an operation is under way, else when its record says. */
  release(service: string, token: string): Promise<void>;
  /**
   * Takes a place in the line of a service, or keeps it (with its `Standing`; also one that has expired since). It
   * expires `forMs` (`placeMs`) after the last call. A stage overtakes those of the same person, and takes their
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
  /** Gives a place up (null: none), and removes the places that have expired. */
  leave(service: string, id: string | null, draw?: { channel: string; release: string }): Promise<void>;
  /** Lists the history, newest first. */
  history(service: string, count: number): Promise<HistoryEntry[]>;
  /**
   * Appends a refusal (or a read press) without a new revision; equal ones within 60 s are one entry. For a service
   * that was never seen, only sets the marks. For known marks, only returns the outcome of that request.
   */
  note(
    service: string,
    entry: Omit<HistoryEntry, 'at' | 'times'>,
    mark?: Change['mark'],
  ): Promise<Outcome | null>;
  /** Appends something accepted in the same way, durably. `known`: as for `note`. */
  noteAccepted(...given: Parameters<Store['note']>): Promise<{ known: Outcome | null; replicated: boolean }>;
  /**
   * Finds the outcome of a request by its marks. If it is unknown or open, `otherwise` becomes its outcome: a save of
   * the request that is still on its way is refused as a repeat, and so is the request when it comes again.
   */
  recall(marks: readonly string[], otherwise?: Outcome): Promise<Outcome | null>;
  /** Stores routers' answers; `at`: when it was asked, else now. An older answer never replaces a newer one. */
  saveAsked(answers: ReadonlyMap<string, NewRouterView>): Promise<void>;
  /** Remembers for 24 h that this person was allowed to do this; `wasAllowed` asks for it. */
  allow(key: string): Promise<void>;
  wasAllowed(key: string): Promise<boolean>;
  ping(): Promise<void>;
  /** Reports this replica's configuration (none: only asks); resolves to those reported within `reportCountsMs`. */
  configurations(own?: Configuration): Promise<Configuration[]>;
}

/** Due times that every replica looks at; a name that is taken is held under a due lease until `done`. */
export interface Agenda {
  /**
   * Takes up to `limit` names that are due, not held and not in `except`; `token` then holds them for `leaseMs`.
   * `leasedForMs`: how long until the first service lease ends, unless it is renewed; null: no lease is held.
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
   * channel, `againInMs` is a pause instead: it is not due before that, whatever is put into its outbox meanwhile.
   */
  done(name: DueName, token: string, againInMs?: number): Promise<void>;
  /** Sets when a name without a record (`sweep`) is due, if it has no due time yet. */
  ensure(name: DueName, inMs: number): Promise<void>;
  /** Restores missing due times of these services, of their alerts, and of all channels. */
  repair(services: readonly string[]): Promise<void>;
}

/** A card's draw mark: `mark` changes with each save that marks the card. */
export interface DrawMark {
  service: string;
  release: string;
  mark: string;
}

/** A message in Slack, and what it shows. */
export interface ShownMessage {
  channel: string;
  ts: string;
  /** `card`: of a release; `notice`: with buttons. */
  kind: 'card' | 'notice';
  service: string;
  release: string | null;
  epoch: number;
  /** The subject of the command buttons of another part's card (an alert's). */
  about?: { service: string; release: string | null };
  /** The notice's buttons, if it is one. */
  buttons?: string;
  /** The notice itself, if it asks for something: found as the card of this id under `noticeCards`. */
  notice?: Notice;
  /** The incident for which it mentioned people, if it is the newest message that did. */
  rings?: string;
}

/** A notice, and the channel that it goes to. */
export type Posted = Omit<Notice, 'at'> & { channel: string };

/** What must be sent to a channel, and what was. Due as `channel:<id>` while anything is left. */
export interface Outbox {
  /**
   * Returns the oldest notices of each lane (see `outbox-lanes.ts`), oldest first: at most `limit` of each, so that
   * no storm hides the outcome of a revert. And the draw marks.
   */
  pending(channel: string, limit: number): Promise<{ notices: Notice[]; draws: DrawMark[] }>;
  /** Removes notices that were sent. */
  sent(channel: string, ids: readonly string[]): Promise<void>;
  /** Moves notices to another channel's outbox, when this channel cannot be posted to. */
  move(channel: string, ids: readonly string[], to: string): Promise<void>;
  /** Removes a draw mark, unless a newer one was set meanwhile. */
  drawn(channel: string, mark: DrawMark): Promise<void>;
  /** Sets draw marks again (a message was deleted, a channel is gone). */
  redraw(channel: string, service: string, release: string): Promise<void>;
  /** Remembers a message by its channel and ts, and by its release when it is a card. */
  saveMessage(message: ShownMessage): Promise<void>;
  findMessage(channel: string, ts: string): Promise<ShownMessage | null>;
  /** Finds the card of a release, in any channel. */
  card(service: string, release: string): Promise<ShownMessage | null>;
  /** Finds the newest message that mentioned people for this incident. */
  ringOf(what: string): Promise<ShownMessage | null>;
  /** Sends notices outside any record (adoption at start, late answers). `once`: unless that was sent within `ms`. */
  post(notices: readonly Posted[], once?: { key: string; ms: number }): Promise<void>;
  /** Counts the notices and draw marks that wait, over all channels. */
  depth(): Promise<number>;
}
