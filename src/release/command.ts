import type { Actor } from './actor.ts';
import type { Line } from './line.ts';
import type { Refusal } from './refusals.ts';
import type { ServiceRecord } from './release.ts';
import type { RawSettings, Role, Settings } from './settings.ts';
import type { Loaded } from './store.ts';

/** Reasons to promote although releases are frozen, or a critical alert fires. */
export interface Overrides {
  duringFreeze?: string;
  whileFiring?: string;
}

/** Those of what may hold some, as they are kept and passed on. */
export function overridesOf({
  duringFreeze,
  whileFiring,
}: { [K in keyof Overrides]?: string | undefined }): Overrides {
  return {
    ...(duringFreeze !== undefined && { duringFreeze }),
    ...(whileFiring !== undefined && { whileFiring }),
  };
}

interface Base {
  service: string;
  actor: Actor;
  /** Names of this request (`signature:…`, `trigger:…`, `event:…`, `envelope:…`): a repeat has no second effect. */
  marks: readonly string[];
  /**
   * Set when it came from a button: what the message shows (from the store) and what the button's value says.
   * `subject`: the one thing that the button is about beyond its release: the open request, or for a Retry the
   * operation that hangs; absent: it was drawn while there was none.
   */
  press?: { release: string | null; epoch: number; button: string; subject?: string };
}

/**
 * One changing command, however it was given: typed, mentioned, pressed or called. Times in milliseconds. Free text
 * (`reason`) is at most 300 characters, as typed.
 */
export type Command = Base &
  /** `again`: why the version that is live is staged once more. `ifIdle`: not in place of what somebody else staged. */
  (
    | { verb: 'stage'; version: string; again?: string; ifIdle?: true }
    /** `only`: the version that must be staged. */
    | ({ verb: 'promote'; only?: string } & Overrides)
    | { verb: 'revert'; reason?: string; force?: string }
    | { verb: 'approve' }
    | { verb: 'reject'; reason?: string }
    | { verb: 'cancel' }
    | { verb: 'settle'; force?: string }
    /** `replace`: also a lock that this user of the command line holds for another reason. */
    | { verb: 'lock'; reason: string; forMs?: number; replace?: true }
    | { verb: 'extend' }
    /** `only`: a lock for this reason, and no other. */
    | { verb: 'unlock'; only?: string }
    | { verb: 'retry' }
    | { verb: 'adopt' }
  );

export type Verb = Command['verb'];

/**
 * What somebody sent, as much of it as it takes to tell them later what became of it. `about`: what it was done to, when
 * that is not the service but something with a message of its own, an alert.
 */
export interface Sent {
  verb: string;
  service: string;
  about?: Line;
  actor: Actor;
  marks: readonly string[];
}

/** What the sender is told, in one sentence that begins with the verb (accepted) or the code (refused). */
export type Answer =
  | { ok: true; text: Line; repeated?: boolean }
  /**
   * `toldLater`: what became of it is told to its sender when the storage answers again. `open`: a repeat, and what it
   * repeats is not confirmed yet.
   */
  | { ok: false; refusal: Refusal; repeated?: boolean; toldLater?: true; open?: true };

/**
 * A service as configured now: settings read and raw, and their digest. `seal`: what a record that stores them carries, so
 * that other processes know that one of them stored them, and not somebody else who can write there.
 */
export interface Configured {
  settings: Settings;
  raw: RawSettings;
  digest: string;
  seal: string;
}

/** The configured services. A service that has only a record is `unconfigured`. */
export interface Catalog {
  names(): readonly string[];
  find(service: string): Configured | undefined;
  /** Reads settings stored in a record. Throws `Fault('bad-settings')`. */
  stored(record: ServiceRecord): Configured;
  /** True when the settings in a record are those of the file, or carry their seal: a process may act on them unasked. */
  vouchesFor(record: ServiceRecord): boolean;
  /** The channel of a service's cards: its own, else the default. */
  channelOf(settings: Pick<Settings, 'channel'>): string;
}

/** Why Slack does not say who holds a role, and who must do what about it. */
export interface Unread {
  why: Line;
  next: string;
}

/** What stands in place of those who hold a role, where nobody does. */
export const nobodyListed: Line = ['nobody is listed'];

/** Whether a person holds one of the roles for a service, asked at the time of the press. */
export interface People {
  /**
   * `unknown`: Slack could not be asked in time. `recently`: it could not, but this person was allowed within the
   * last 24 hours.
   */
  may(
    actor: Actor,
    roles: readonly Role[],
    settings: Settings | undefined,
  ): Promise<'yes' | 'no' | 'recently' | 'unknown'>;
  /** Why Slack does not say who holds these roles, and who must do what; undefined where a moment may cure it. */
  unread?(roles: readonly Role[], settings: Settings | undefined): Unread | undefined;
  /** Why nobody believes that this is anybody, where that is so; after `may`. */
  denied?(actor: Actor): Line | undefined;
  /** Slack ids to mention when somebody with this role is needed: groups and users as configured, or `nobodyListed`. */
  mentions(role: Role, settings: Settings | undefined): Line;
}

/** What a read needs to know of one service. */
export interface View {
  service: string;
  configured: Configured | undefined;
  loaded: Loaded;
  /** The file of this replica does not name it, and that of another does. */
  elsewhere?: true;
}
